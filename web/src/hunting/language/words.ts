// The words of KQL that the editor colours and offers before the server has been heard.

/** operators stand after a bar. */
export const operators = [
  "as", "consume", "count", "distinct", "evaluate", "extend", "facet", "find", "fork", "getschema", "invoke", "join", "limit", "lookup", "make-series", "mv-apply", "mv-expand", "order", "parse",
  "parse-kv", "parse-where", "partition", "print", "project", "project-away", "project-keep", "project-rename", "project-reorder", "range", "reduce", "render", "sample", "sample-distinct", "scan",
  "search", "serialize", "sort", "summarize", "take", "top", "top-hitters", "top-nested", "union", "where", "filter", "mvexpand", "mvapply",
] as const;

/** statements begin one, or stand for a table. */
export const statements = ["let", "declare", "set", "alias", "datatable", "externaldata", "materialize", "toscalar"] as const;

/** little are words that belong to an operator, or compare. */
export const little = [
  "by", "on", "asc", "desc", "nulls", "first", "last", "with", "kind", "of", "to", "typeof", "from", "step", "in", "default", "and", "or", "not", "has", "has_cs", "has_any", "has_all", "hasprefix",
  "hasprefix_cs", "hassuffix", "hassuffix_cs", "contains", "contains_cs", "startswith", "startswith_cs", "endswith", "endswith_cs", "between", "matches", "regex", "inner", "innerunique", "leftouter",
  "rightouter", "fullouter", "leftanti", "rightanti", "leftsemi", "rightsemi", "leftantisemi", "anti", "withsource", "isfuzzy", "query_parameters", "view", "pattern", "has_ipv4", "true", "false", "null",
] as const;

export const types = ["bool", "boolean", "datetime", "date", "decimal", "double", "dynamic", "guid", "uuid", "int", "long", "real", "string", "time", "timespan"] as const;

/** functions are those that hunts use most; the server knows the others. */
export const functions = [
  "ago", "arg_max", "arg_min", "array_length", "avg", "avgif", "base64_decode_tostring", "bin", "case", "coalesce", "count", "countif", "datetime_diff", "dcount", "dcountif", "endofday", "extract",
  "extract_all", "format_datetime", "hash_sha256", "iff", "indexof", "ingestion_time", "ipv4_is_in_range", "ipv4_is_private", "isempty", "isnotempty", "isnotnull", "isnull", "make_list", "make_set",
  "max", "min", "now", "pack_array", "parse_command_line", "parse_json", "parse_path", "parse_url", "percentile", "replace_regex", "replace_string", "row_number", "set_difference", "set_has_element",
  "split", "startofday", "startofmonth", "startofweek", "stdev", "strcat", "strcat_array", "string_size", "strlen", "substring", "sum", "sumif", "take_any", "tobool", "todatetime", "todouble",
  "toint", "tolong", "tolower", "tostring", "totimespan", "toupper", "trim", "url_decode", "bag_keys", "bag_pack", "FileProfile", "DeviceFromIP", "AssignedIPAddresses", "SeenBy",
] as const;
