# mailcanary in a container:
#
#   docker build -t mailcanary --build-arg REVISION="$(git rev-parse --short=12 HEAD)" .
#   docker run -d --name mailcanary -p 127.0.0.1:9925:9925 -v mailcanary:/var/lib/mailcanary \
#     -v ./mailcanary.yaml:/etc/mailcanary/mailcanary.yaml:ro -v ./secrets:/run/secrets:ro \
#     --read-only --cap-drop ALL --security-opt no-new-privileges mailcanary
#   docker exec mailcanary mailcanary status --config /etc/mailcanary/mailcanary.yaml
#   docker kill --signal HUP mailcanary       # reads the configuration again
#
# In the configuration:
#   ledger: { url: 'sqlite:/var/lib/mailcanary/mailcanary.db' }   a relative one would land in /etc/mailcanary
#   server: { listen: '0.0.0.0:9925' }          a published port does not lead to the container's loopback
#   <key>_file: /run/secrets/NAME               readable for uid 10001; the image and its environment hold none

FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# No package needs its install script here, and our own (`prepare`) would build before the sources are there.
RUN npm ci --ignore-scripts
COPY esbuild.config.js warm-up.config.js ./
COPY src ./src
ARG REVISION
RUN npm run build
# The bundle holds every dependency but libsql (`external` in esbuild.config.js). So all
# others go; what stays is what the lock file says. 10 MB instead of 57 MB for `npm ci --omit=dev`.
RUN libsql="$(npm pkg get dependencies.libsql)" \
    && npm pkg delete scripts devDependencies dependencies \
    && npm pkg set --json "dependencies.libsql=$libsql" \
    && npm prune --ignore-scripts
# libsql brings its library for musl as well; Debian has glibc.
RUN rm -rf node_modules/.bin node_modules/@libsql/*-musl && find node_modules -type d -empty -delete

FROM node:24-slim
# The number is fixed so that volumes and `runAsNonRoot` can count on it.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/mailcanary \
        --shell /usr/sbin/nologin mailcanary \
    && install -d -m 0750 -o mailcanary -g mailcanary /var/lib/mailcanary
RUN mkdir -p /etc/mailcanary && ln -s /opt/mailcanary/dist/main.cjs /usr/local/bin/mailcanary
WORKDIR /opt/mailcanary
COPY LICENSE ./
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist

ARG REVISION
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="mailcanary" \
      org.opencontainers.image.description="End-to-end delivery latency monitor for inbound support mail" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/node:24-slim"

ENV NODE_ENV=production
USER 10001:10001
WORKDIR /var/lib/mailcanary
VOLUME ["/var/lib/mailcanary"]
EXPOSE 9925
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
  CMD ["mailcanary", "health", "--config", "/etc/mailcanary/mailcanary.yaml"]
# No init: the program handles SIGINT and SIGTERM itself and starts no processes that it would have to reap.
ENTRYPOINT ["node", "--enable-source-maps", "/opt/mailcanary/dist/main.cjs"]
CMD ["run", "--config", "/etc/mailcanary/mailcanary.yaml"]
