{{- define "penstock.name" -}}
{{- if contains "penstock" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-penstock" .Release.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "penstock.selector" -}}
app.kubernetes.io/name: penstock
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "penstock.labels" -}}
{{ include "penstock.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "penstock.secret" -}}
{{ .Values.existingSecret | default (include "penstock.name" .) }}
{{- end }}

{{- /* The configuration as the values have it, with what the chart knows better. The page is not encrypted within the
cluster, and Penstock asks that somebody says so. */ -}}
{{- define "penstock.config" -}}
{{- $server := deepCopy (.Values.config.server | default dict) }}
{{- $_ := set $server "listen" "0.0.0.0:8400" }}
{{- if not $server.tls }}{{ $_ := set $server "insecure" true }}{{ end }}
{{- $names := concat ($server.hosts | default list) .Values.hosts .Values.ingress.hosts (list (include "penstock.name" .) (printf "%s.%s.svc" (include "penstock.name" .) .Release.Namespace)) | uniq }}
{{- $_ := set $server "hosts" $names }}
{{- if and .Values.ingress.enabled .Values.ingress.hosts (not $server.public_url) }}
{{- $_ := set $server "public_url" (printf "%s://%s" (ternary "https" "http" (ne .Values.ingress.tlsSecret "")) (first .Values.ingress.hosts)) }}
{{- end }}
{{- merge (dict "data" "/var/lib/penstock" "server" $server) .Values.config | toYaml }}
{{- end }}
