{{- define "tidewaiter.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "tidewaiter.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "tidewaiter.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "tidewaiter.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What never changes between releases of one installation: selectors are immutable. */}}
{{- define "tidewaiter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "tidewaiter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: webhook
{{- end -}}

{{- define "tidewaiter.labels" -}}
{{ include "tidewaiter.selectorLabels" . }}
app.kubernetes.io/part-of: tidewaiter
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "tidewaiter.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "tidewaiter.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "tidewaiter.image" -}}
{{- $repository := required "image.repository is required: build the image with the project's Dockerfile and push it to a registry of yours" .Values.image.repository -}}
{{- $registry := default .Values.image.registry (.Values.global).imageRegistry -}}
{{- $name := empty $registry | ternary $repository (printf "%s/%s" $registry $repository) -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $name .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* Global ones are names or, as some charts write them, objects with a name. */}}
{{- define "tidewaiter.imagePullSecrets" -}}
{{- $secrets := list -}}
{{- range concat (default list (.Values.global).imagePullSecrets) .Values.image.pullSecrets -}}
{{- $secrets = append $secrets (kindIs "map" . | ternary . (dict "name" .)) -}}
{{- end -}}
{{- if $secrets -}}
imagePullSecrets:
{{ toYaml $secrets | indent 2 }}
{{- end -}}
{{- end -}}

{{/* Name of the secret with tls.crt, tls.key and, where it is ours, ca.crt. */}}
{{- define "tidewaiter.tlsSecretName" -}}
{{- if eq .Values.tls.mode "provided" -}}
{{- required "tls.provided.secretName is required with tls.mode provided" .Values.tls.provided.secretName -}}
{{- else -}}
{{- printf "%s-tls" (include "tidewaiter.fullname" .) -}}
{{- end -}}
{{- end -}}

{{/* The names under which the API server and people reach the service; the first one is what the API server verifies. */}}
{{- define "tidewaiter.dnsNames" -}}
{{- $service := include "tidewaiter.fullname" . -}}
- {{ $service }}.{{ .Release.Namespace }}.svc
- {{ $service }}.{{ .Release.Namespace }}.svc.cluster.local
- {{ $service }}.{{ .Release.Namespace }}
- {{ $service }}
{{- end -}}

{{/* The configuration as the program reads it. */}}
{{- define "tidewaiter.configuration" -}}
{{- $ours := dict "apiVersion" "tidewaiter.dev/v1alpha1" "kind" "Configuration" -}}
{{- if eq .Values.rbac.pullSecrets "listed" -}}
{{- $_ := set $ours "kubernetes" (dict "pullSecretNamespaces" .Values.rbac.pullSecretNamespaces) -}}
{{- else if eq .Values.rbac.pullSecrets "none" -}}
{{- $_ := set $ours "kubernetes" (dict "pullSecrets" false) -}}
{{- end -}}
{{- toYaml (mergeOverwrite $ours (deepCopy .Values.config)) -}}
{{- end -}}

{{/* Environment variables carry only the conventional names; everything else is in the configuration. */}}
{{- define "tidewaiter.env" -}}
{{- $proxy := .Values.proxy -}}
{{- $env := list -}}
{{- if .Values.registryCredentials.secretName -}}
{{- $env = append $env (dict "name" "DOCKER_CONFIG" "value" "/etc/tidewaiter/docker") -}}
{{- end -}}
{{- with $proxy.httpProxy -}}
{{- $env = append $env (dict "name" "HTTP_PROXY" "value" .) -}}
{{- end -}}
{{- with $proxy.httpsProxy -}}
{{- $env = append $env (dict "name" "HTTPS_PROXY" "value" .) -}}
{{- end -}}
{{- if and $proxy.noProxy (or $proxy.httpProxy $proxy.httpsProxy) -}}
{{- $env = append $env (dict "name" "NO_PROXY" "value" $proxy.noProxy) -}}
{{- end -}}
{{- with concat $env .Values.extraEnv -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}
