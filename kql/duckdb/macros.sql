-- KQL's rules as macros. Times are ticks of 100 ns since the year 1, spans are ticks, dynamic values are JSON text.
-- One macro a line: they are registered line by line.

-- Null and comparison
CREATE OR REPLACE MACRO k_eq(a, b) AS CASE WHEN a IS NULL AND b IS NULL THEN NULL ELSE a IS NOT DISTINCT FROM b END
CREATE OR REPLACE MACRO k_ne(a, b) AS CASE WHEN a IS NULL AND b IS NULL THEN NULL ELSE a IS DISTINCT FROM b END
CREATE OR REPLACE MACRO k_scalar_text(d) AS (d ->> '$')
CREATE OR REPLACE MACRO k_dynamic_to_text(d) AS coalesce(k_scalar_text(d), '')
CREATE OR REPLACE MACRO k_text_to_real(s) AS TRY_CAST(replace(s, '_', 'x') AS DOUBLE)
CREATE OR REPLACE MACRO k_dynamic_to_real(d) AS CASE d WHEN 'true' THEN 1.0 WHEN 'false' THEN 0.0 ELSE k_text_to_real(k_scalar_text(d)) END
CREATE OR REPLACE MACRO k_dynamic_less(a, b) AS CASE WHEN k_dynamic_to_real(a) IS NOT NULL AND k_dynamic_to_real(b) IS NOT NULL THEN k_dynamic_to_real(a) < k_dynamic_to_real(b) ELSE k_dynamic_to_text(a) < k_dynamic_to_text(b) END
CREATE OR REPLACE MACRO k_bound(n, most, complaint) AS CASE WHEN n > most THEN error(complaint) ELSE n END

-- Arithmetic
CREATE OR REPLACE MACRO k_mod(a, b) AS TRY(CASE WHEN b = 0 THEN NULL ELSE ((a % b) + abs(b)) % abs(b) END)
CREATE OR REPLACE MACRO k_floor_to(a, b) AS TRY((a - k_mod(a, b)) // b)
CREATE OR REPLACE MACRO k_bin_long(a, b) AS CASE WHEN b <= 0 THEN NULL ELSE TRY(a - k_mod(a, b)) END
CREATE OR REPLACE MACRO k_bin_real(a, b) AS CASE WHEN b <= 0 THEN NULL ELSE floor(a / b) * b END
CREATE OR REPLACE MACRO k_to_long(x) AS CASE WHEN isnan(x) OR abs(x) >= 9.2233720368547758e18 THEN NULL ELSE TRY_CAST(trunc(x) AS BIGINT) END
CREATE OR REPLACE MACRO k_time(t) AS CASE WHEN t >= 0 AND t < 3155378976000000000 THEN t END
CREATE OR REPLACE MACRO k_log(x) AS CASE WHEN x < 0 THEN NULL WHEN x = 0 THEN '-inf'::DOUBLE ELSE ln(x) END

-- Conversions
CREATE OR REPLACE MACRO k_text_to_bool(s) AS CASE lower(trim(s)) WHEN 'true' THEN true WHEN 'false' THEN false ELSE CASE WHEN regexp_matches(s, '^\s*[-+]?\d+\s*$') THEN TRY_CAST(s AS DOUBLE) <> 0 END END
CREATE OR REPLACE MACRO k_text_to_long(s) AS TRY_CAST(regexp_extract(s, '^\s*([-+]?(?:\d+|0[xX][0-9a-fA-F]+))\s*$', 1) AS BIGINT)
CREATE OR REPLACE MACRO k_long_to_int(x) AS CASE WHEN x BETWEEN -2147483648 AND 2147483647 THEN x END
CREATE OR REPLACE MACRO k_text_to_int(s) AS k_long_to_int(k_text_to_long(s))
CREATE OR REPLACE MACRO k_text_to_guid(s) AS CAST(TRY_CAST(s AS UUID) AS VARCHAR)
CREATE OR REPLACE MACRO k_text_json(s) AS CAST(to_json(s) AS VARCHAR)
CREATE OR REPLACE MACRO k_parse_json(s) AS CASE WHEN trim(s) IN ('', 'null') THEN NULL ELSE coalesce(CAST(TRY(json(s)) AS VARCHAR), CAST(to_json(s) AS VARCHAR)) END
CREATE OR REPLACE MACRO k_stored_json(s) AS k_parse_json(s)
CREATE OR REPLACE MACRO k_ticks(t) AS (epoch_us(t) * 10 + 621355968000000000)
CREATE OR REPLACE MACRO k_ts(t) AS make_timestamp(t // 10 - 62135596800000000)
CREATE OR REPLACE MACRO k_dynamic_to_bool(d) AS k_text_to_bool(k_scalar_text(d))
CREATE OR REPLACE MACRO k_dynamic_to_long(d) AS CASE d WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE coalesce(k_text_to_long(k_scalar_text(d)), CASE WHEN d[1] <> '"' THEN k_to_long(TRY_CAST(d AS DOUBLE)) END) END
CREATE OR REPLACE MACRO k_dynamic_to_int(d) AS k_long_to_int(k_dynamic_to_long(d))
CREATE OR REPLACE MACRO k_text_to_decimal(s) AS kql_text_to_decimal(s)
CREATE OR REPLACE MACRO k_dynamic_to_decimal(d) AS k_text_to_decimal(k_dynamic_to_text(d))
CREATE OR REPLACE MACRO k_text_to_datetime(s) AS kql_text_to_datetime(s)
CREATE OR REPLACE MACRO k_dynamic_to_datetime(d) AS k_text_to_datetime(k_dynamic_to_text(d))
CREATE OR REPLACE MACRO k_text_to_timespan(s) AS kql_text_to_timespan(s)
CREATE OR REPLACE MACRO k_dynamic_to_timespan(d) AS k_text_to_timespan(k_dynamic_to_text(d))
CREATE OR REPLACE MACRO k_dynamic_to_guid(d) AS k_text_to_guid(k_dynamic_to_text(d))
CREATE OR REPLACE MACRO k_bool_to_long(b) AS CAST(b AS BIGINT)
CREATE OR REPLACE MACRO k_bool_to_real(b) AS CAST(b AS DOUBLE)
CREATE OR REPLACE MACRO k_bool_to_decimal(b) AS CASE WHEN b THEN '1' WHEN NOT b THEN '0' END
CREATE OR REPLACE MACRO k_plain_to_text(x) AS coalesce(CAST(x AS VARCHAR), '')
CREATE OR REPLACE MACRO k_plain_json(x) AS CAST(x AS VARCHAR)
CREATE OR REPLACE MACRO k_quoted_json(x) AS '"' || x || '"'
CREATE OR REPLACE MACRO k_long_to_bool(x) AS x <> 0
CREATE OR REPLACE MACRO k_long_to_real(x) AS CAST(x AS DOUBLE)
CREATE OR REPLACE MACRO k_long_to_datetime(x) AS k_time(x)
CREATE OR REPLACE MACRO k_real_to_bool(x) AS x <> 0
CREATE OR REPLACE MACRO k_real_to_long(x) AS k_to_long(x)
CREATE OR REPLACE MACRO k_real_to_int(x) AS k_long_to_int(k_to_long(x))
CREATE OR REPLACE MACRO k_real_to_timespan(x) AS k_to_long(x * 864000000000)
CREATE OR REPLACE MACRO k_real_to_datetime(x) AS k_time(k_to_long(x))
CREATE OR REPLACE MACRO k_real_text(x) AS CASE WHEN isnan(x) THEN 'NaN' WHEN x = 'inf'::DOUBLE THEN 'Infinity' WHEN x = '-inf'::DOUBLE THEN '-Infinity' WHEN x = trunc(x) AND abs(x) < 1e15 THEN CAST(CAST(x AS BIGINT) AS VARCHAR) ELSE upper(CAST(x AS VARCHAR)) END
CREATE OR REPLACE MACRO k_real_to_text(x) AS coalesce(k_real_text(x), '')
CREATE OR REPLACE MACRO k_real_json(x) AS CASE WHEN isfinite(x) THEN CAST(to_json(x) AS VARCHAR) ELSE '"' || k_real_text(x) || '"' END
CREATE OR REPLACE MACRO k_datetime_text(t) AS strftime(k_ts(t), '%Y-%m-%dT%H:%M:%S.%f') || CAST(t % 10 AS VARCHAR) || 'Z'
CREATE OR REPLACE MACRO k_datetime_to_text(t) AS coalesce(k_datetime_text(t), '')
CREATE OR REPLACE MACRO k_datetime_json(t) AS '"' || k_datetime_text(t) || '"'
CREATE OR REPLACE MACRO k_timespan_text(t) AS CASE WHEN t IS NOT NULL THEN kql_timespan_text(t) END
CREATE OR REPLACE MACRO k_timespan_json(t) AS '"' || k_timespan_text(t) || '"'
CREATE OR REPLACE MACRO k_timespan_to_text(t) AS coalesce(k_timespan_text(t), '')

CREATE OR REPLACE MACRO k_real_to_decimal(x) AS kql_real_to_decimal(x)
CREATE OR REPLACE MACRO k_decimal_to_bool(s) AS kql_decimal_to_real(s) <> 0
CREATE OR REPLACE MACRO k_decimal_to_int(s) AS k_long_to_int(kql_decimal_to_long(s))
CREATE OR REPLACE MACRO k_decimal_to_long(s) AS kql_decimal_to_long(s)
CREATE OR REPLACE MACRO k_decimal_to_real(s) AS kql_decimal_to_real(s)
CREATE OR REPLACE MACRO k_decimal_compare(a, b) AS kql_decimal_compare(a, b)
CREATE OR REPLACE MACRO k_array(l) AS '[' || coalesce(array_to_string(l, ','), '') || ']'
CREATE OR REPLACE MACRO k_quoted_list(l) AS k_array(list_transform(l, lambda x: '"' || x || '"'))
CREATE OR REPLACE MACRO k_decimal_sum(l) AS kql_decimal_sum(k_quoted_list(l))
CREATE OR REPLACE MACRO k_decimal_avg(l) AS kql_decimal_avg(k_quoted_list(l))
CREATE OR REPLACE MACRO k_decimal_min(l) AS kql_decimal_min(k_quoted_list(l))
CREATE OR REPLACE MACRO k_decimal_max(l) AS kql_decimal_max(k_quoted_list(l))

-- Dynamic values
CREATE OR REPLACE MACRO k_array_length(d) AS CASE WHEN d[1] = '[' THEN CAST(json_array_length(d) AS BIGINT) END
CREATE OR REPLACE MACRO k_path(d, p) AS nullif(CAST(TRY(json_extract(d, p)) AS VARCHAR), 'null')
CREATE OR REPLACE MACRO k_path_text(d, p) AS coalesce(TRY(json_extract_string(d, p)), '')
CREATE OR REPLACE MACRO k_pointer(s) AS '/' || replace(replace(s, '~', '~0'), '/', '~1')
CREATE OR REPLACE MACRO k_member(d, s) AS k_path(d, k_pointer(s))
CREATE OR REPLACE MACRO k_item(d, i) AS k_path(d, CASE WHEN i < 0 THEN '$[#' || i || ']' ELSE '$[' || i || ']' END)
CREATE OR REPLACE MACRO k_element(d, e) AS CASE WHEN e[1] = '"' THEN k_member(d, e ->> '$') ELSE k_item(d, k_dynamic_to_long(e)) END
CREATE OR REPLACE MACRO k_list(d) AS coalesce(list_transform(json_extract(d, '$[*]'), lambda x: nullif(CAST(x AS VARCHAR), 'null')), [])
CREATE OR REPLACE MACRO k_strings(d) AS CASE WHEN d[1] = '[' THEN json_extract_string(d, '$[*]') WHEN d IS NULL THEN [] ELSE [d ->> '$'] END
CREATE OR REPLACE MACRO k_bags(d) AS list_transform(json_keys(d), lambda k: '{' || CAST(to_json(k) AS VARCHAR) || ':' || coalesce(CAST(json_extract(d, k_pointer(k)) AS VARCHAR), 'null') || '}')
CREATE OR REPLACE MACRO k_pairs(d) AS list_transform(json_keys(d), lambda k: '[' || CAST(to_json(k) AS VARCHAR) || ',' || coalesce(CAST(json_extract(d, k_pointer(k)) AS VARCHAR), 'null') || ']')
CREATE OR REPLACE MACRO k_expand(d) AS CASE WHEN d IS NULL THEN [NULL] WHEN d[1] = '[' THEN k_list(d) WHEN d[1] = '{' THEN k_bags(d) ELSE [d] END
CREATE OR REPLACE MACRO k_expand_pairs(d) AS CASE WHEN d IS NULL THEN [NULL] WHEN d[1] = '[' THEN k_list(d) WHEN d[1] = '{' THEN k_pairs(d) ELSE [d] END
CREATE OR REPLACE MACRO k_first_of_each(l) AS k_list(kql_first_of_each(k_array(l)))
CREATE OR REPLACE MACRO k_weighted(l, p) AS list_extract(list_filter(l, lambda e, i: list_sum(list_transform(l[1:i], lambda x: x.w)) >= p * list_sum(list_transform(l, lambda x: x.w))), 1).v

-- Text
CREATE OR REPLACE MACRO k_substring(s, i, n) AS coalesce(substr(s, CASE WHEN i < 0 THEN greatest(length(s) + i, 0) + 1 ELSE least(i, 2147483646) + 1 END, least(greatest(n, 0), 2147483647)), '')
CREATE OR REPLACE MACRO k_has_cs(s, x) AS (contains(s, x) AND kql_has_term(s, x, true, true))
CREATE OR REPLACE MACRO k_hasprefix_cs(s, x) AS (contains(s, x) AND kql_has_term(s, x, true, false))
CREATE OR REPLACE MACRO k_hassuffix_cs(s, x) AS (contains(s, x) AND kql_has_term(s, x, false, true))
CREATE OR REPLACE MACRO k_split(s, d) AS CASE WHEN d = '' THEN [s] ELSE string_split(s, d) END

-- Times
CREATE OR REPLACE MACRO k_start(part, t) AS k_ticks(date_trunc(part, k_ts(t)))
CREATE OR REPLACE MACRO k_startofday(t, n) AS k_time(TRY(t - t % 864000000000 + n * 864000000000))
CREATE OR REPLACE MACRO k_startofweek(t, n) AS k_time(TRY(t - t % 864000000000 - ((t // 864000000000 + 1) % 7) * 864000000000 + n * 6048000000000))
CREATE OR REPLACE MACRO k_startofmonth(t, n) AS k_time(TRY(k_ticks(date_trunc('month', k_ts(t)) + to_months(CAST(n AS INTEGER)))))
CREATE OR REPLACE MACRO k_startofyear(t, n) AS k_time(TRY(k_ticks(date_trunc('year', k_ts(t)) + to_years(CAST(n AS INTEGER)))))

-- Addresses: the usual form is answered here, all others by the function
CREATE OR REPLACE MACRO k_ipv4_is_private(s) AS CASE WHEN regexp_matches(s, '^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$') THEN regexp_matches(s, '^(?:10|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.') ELSE kql_ipv4_is_private(s) END
-- A sketch of a distribution: up to a thousand groups of neighbours in a sorted list of values with weights.
CREATE OR REPLACE MACRO k_centroid(l) AS struct_pack(v := list_sum(list_transform(l, lambda x: x.v * x.w)) / list_sum(list_transform(l, lambda x: x.w)), w := list_sum(list_transform(l, lambda x: x.w)))
CREATE OR REPLACE MACRO k_centroids(l) AS CASE WHEN len(l) <= 1000 THEN l ELSE list_transform(range(0, 1000), lambda i: k_centroid(l[CAST(i * len(l) // 1000 + 1 AS BIGINT):CAST((i + 1) * len(l) // 1000 AS BIGINT)])) END
CREATE OR REPLACE MACRO k_digest(l) AS '{' || coalesce('"min":' || l[1].v || ',"max":' || l[-1].v || ',', '') || '"centroids":' || k_array(list_transform(k_centroids(l), lambda c: '[' || c.v || ',' || c.w || ']')) || '}'
