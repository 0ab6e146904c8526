{{- define "holdfast.fullname" -}}
{{- if contains "holdfast" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-holdfast" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "holdfast.selector" -}}
app.kubernetes.io/name: holdfast
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "holdfast.labels" -}}
{{ include "holdfast.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/*
The pods of a topology: which services each serves, its port, whether it sees the data, and whether it has an engine of its own. What
has replicas is a StatefulSet behind a headless Service: callers look its name up and connect to each pod. What is single is a
StatefulSet, too: its next pod begins when the last one has ended, whoever took that away. What is stateless is replaced one by one.
*/}}
{{- define "holdfast.components" -}}
{{- if eq .Values.topology "trainer" }}
trainer: { services: [encoder, optimizer], port: 50051, data: true }
{{- else }}
encoder: { services: [encoder], port: 50051, data: true, engine: true, replicas: {{ .Values.encoder.replicas }} }
optimizer: { services: [optimizer], port: 50053, data: true, engine: true }
{{- end }}
constraint: { services: [constraint], port: 50052, data: false }
evaluator: { services: [evaluator], port: 50054, data: false }
controller: { services: [controller], port: 50050, data: true, single: true }
{{- if .Values.serving.enabled }}
serving: { services: [encoder], port: 50051, data: true, stateless: true }
{{- end }}
{{- end }}

{{- define "holdfast.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "holdfast.tlsSecret" -}}
{{ .Values.tls.existingSecret | default (printf "%s-tls" (include "holdfast.fullname" .)) }}
{{- end }}

{{- define "holdfast.tokenSecret" -}}
{{ .Values.auth.existingSecret | default (printf "%s-token" (include "holdfast.fullname" .)) }}
{{- end }}

{{/* The claim that pods mount; empty where artifacts lie in an object store alone. */}}
{{- define "holdfast.claim" -}}
{{- with .Values.storage }}
{{- if .existingClaim }}{{ .existingClaim }}
{{- else if not .s3.roots }}{{ include "holdfast.fullname" $ }}-data{{ end }}
{{- end }}
{{- end }}

{{/* What a pod that sees artifacts has for them: roots, mounts, volumes, and what a client of an object store needs. */}}
{{- define "holdfast.roots" -}}
{{- $claim := include "holdfast.claim" . }}
{{- concat (ternary (list .Values.storage.mountPath) list (ne $claim "")) .Values.storage.s3.roots | join ":" }}
{{- end }}

{{- define "holdfast.dataMounts" -}}
{{- if include "holdfast.claim" . }}
- { name: data, mountPath: {{ .Values.storage.mountPath }} }
{{- end }}
{{- if .Values.storage.s3.roots }}
- { name: cache, mountPath: /var/cache/holdfast }
{{- end }}
{{- end }}

{{- define "holdfast.dataVolumes" -}}
{{- with include "holdfast.claim" . }}
- { name: data, persistentVolumeClaim: { claimName: {{ . }} } }
{{- end }}
{{- with .Values.storage.s3 }}
{{- if .roots }}
- { name: cache, emptyDir: { sizeLimit: {{ mul 2 .cacheGib }}Gi } }
{{- end }}
{{- end }}
{{- end }}

{{- define "holdfast.storeEnv" -}}
{{- with .Values.storage.s3 }}
- { name: HOLDFAST_S3_CACHE, value: /var/cache/holdfast }
- { name: HOLDFAST_S3_CACHE_MAX_GIB, value: {{ .cacheGib | quote }} }
{{- with .endpoint }}
- { name: AWS_ENDPOINT_URL, value: {{ . | quote }} }
{{- end }}
{{- with .region }}
- { name: AWS_REGION, value: {{ . | quote }} }
{{- end }}
{{- end }}
{{- end }}

{{- define "holdfast.serviceAccount" -}}
{{- with .Values.serviceAccount }}
{{- if .name }}{{ .name }}{{ else if .annotations }}{{ include "holdfast.fullname" $ }}{{ end }}
{{- end }}
{{- end }}

{{/* Every name by which a service of any topology is called, a pod of several, and this machine's, for kubectl port-forward. */}}
{{- define "holdfast.dnsNames" -}}
{{- $full := include "holdfast.fullname" . }}
{{- range list "trainer" "encoder" "optimizer" "constraint" "evaluator" "controller" "serving" }}
{{- $service := printf "%s-%s" $full . }}
- {{ $service }}
- {{ $service }}.{{ $.Release.Namespace }}
- {{ $service }}.{{ $.Release.Namespace }}.svc
- {{ $service }}.{{ $.Release.Namespace }}.svc.cluster.local
{{- end }}
- "*.{{ $full }}-encoder.{{ .Release.Namespace }}.svc"
- localhost
{{- end }}

{{/* Where a component is called: `dict "name" NAME "component" COMPONENT "root" $`. */}}
{{- define "holdfast.address" -}}
{{- $service := printf "%s-%s" (include "holdfast.fullname" .root) .name }}
{{- if hasKey .component "replicas" }}dns:///{{ $service }}.{{ .root.Release.Namespace }}.svc:{{ .component.port }}
{{- else }}{{ $service }}:{{ .component.port }}{{ end }}
{{- end }}

{{/* What the controller, and an engine that takes another's arrays, show and trust. */}}
{{- define "holdfast.clientArgs" -}}
- --services-authority-path=/etc/holdfast/tls/ca.crt
- --services-token-path=/etc/holdfast/token/token
{{- end }}

{{/* What the command line asks a controller with: `dict "address" HOST:PORT`. */}}
{{- define "holdfast.commandEnv" -}}
- { name: HOLDFAST_CONTROLLER, value: {{ .address | quote }} }
- { name: HOLDFAST_AUTHORITY_PATH, value: /etc/holdfast/tls/ca.crt }
- { name: HOLDFAST_TOKEN_PATH, value: /etc/holdfast/token/token }
{{- end }}

{{- define "holdfast.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "holdfast.secretMounts" -}}
- { name: tls, mountPath: /etc/holdfast/tls, readOnly: true }
- { name: token, mountPath: /etc/holdfast/token, readOnly: true }
- { name: tmp, mountPath: /tmp }
{{- end }}

{{- define "holdfast.secretVolumes" -}}
- { name: tls, secret: { secretName: {{ include "holdfast.tlsSecret" . }}, defaultMode: 0440 } }
- { name: token, secret: { secretName: {{ include "holdfast.tokenSecret" . }}, defaultMode: 0440 } }
- { name: tmp, emptyDir: {} }
{{- end }}
