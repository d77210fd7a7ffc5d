# Builds the image of the service. What it is made of and what it is made with stay apart: only the last stage is shipped.
#
#   docker build --tag tidewaiter .            (or: buildah build --format docker --layers --tag tidewaiter .)
#
# Pin the bases with --build-arg NODE_IMAGE=…@sha256:… and RUNTIME_IMAGE=…@sha256:…; where packages come from a registry that asks for
# a token, add --secret id=npmrc,src=$HOME/.npmrc: it is there while npm runs, and in no layer.
ARG NODE_IMAGE=docker.io/library/node:26-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

# The manifests alone, so that a change of the sources does not install anything anew.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY package.json package-lock.json ./

# What the program needs while it runs. Type declarations and source maps, half of it, are for those who write programs.
FROM manifests AS dependencies
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
    && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' \) -delete

# The program.
FROM manifests AS build
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

# What the runtime base lacks: Node.js, the library it needs beyond the C++ ones, and an init that reaps children and passes signals on.
FROM ${NODE_IMAGE} AS runtime-files
RUN --mount=type=cache,target=/var/cache/apt --mount=type=cache,target=/var/lib/apt \
    apt-get update \
    && apt-get install --yes --no-install-recommends libatomic1 tini \
    && install -D "$(command -v node)" /runtime/usr/local/bin/node \
    && install -D /usr/bin/tini-static /runtime/usr/bin/tini \
    && cp --parents --dereference /usr/lib/*/libatomic.so.1 /runtime \
    && mkdir /data

FROM ${RUNTIME_IMAGE} AS runtime
COPY --from=runtime-files /runtime/ /
COPY --from=runtime-files --chown=65532:65532 /data /var/lib/tidewaiter
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY policies ./policies
ENV NODE_ENV=production
USER 65532:65532
EXPOSE 8443 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=15s --retries=3 \
    CMD ["/usr/local/bin/node", "--eval", "fetch('http://127.0.0.1:8080/livez').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# The flag is explained in bin/tidewaiter.
ENTRYPOINT ["/usr/bin/tini", "--", "/usr/local/bin/node", "--min-semi-space-size=16", "/app/dist/main.js"]
CMD ["serve", "--policies=/app/policies/baseline", "--tls-cert=/etc/tidewaiter/tls/tls.crt", "--tls-key=/etc/tidewaiter/tls/tls.key", "--data-dir=/var/lib/tidewaiter"]
# Last, because they change with every commit and everything above does not.
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="Tidewaiter" \
      org.opencontainers.image.description="Admission control that reads container images in their registry before they may be landed" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}"
