# Two stages: a wheel is built and installed into a virtual environment, then only that environment is kept.
FROM python:3.13-slim-bookworm AS build
# DNSGUARD_COMPILE=1: the build fails rather than make a slower image
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 DNSGUARD_COMPILE=1
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# dependencies first: this layer is built again only when the lock changes
COPY requirements.lock ./
RUN python -m venv /opt/dnsguard \
 && /opt/dnsguard/bin/pip install --require-hashes --no-deps --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY blocklists ./blocklists
COPY dnsguard ./dnsguard
RUN pip wheel --no-deps --wheel-dir /dist . \
 && /opt/dnsguard/bin/pip install --no-deps --no-index /dist/dnsguard-*.whl \
 && /opt/dnsguard/bin/pip uninstall --yes pip \
 && install -d -o 10053 -g 10053 -m 0700 /state

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="dnsguard" \
      org.opencontainers.image.description="A forwarding DNS resolver that detects, alerts and blocks" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/dnsguard /opt/dnsguard
COPY --from=build --chown=10053:10053 /state /var/lib/dnsguard
# what differs from the built-in defaults inside a container; mount a file over it to say more
COPY <<'TOML' /etc/dnsguard/config.toml
state_dir = "/var/lib/dnsguard"
[listen]
dns = ["0.0.0.0:53", "[::]:53"]
web = "0.0.0.0:8053"
[console]
# requests come from the bridge's gateway: publish the port on the host's loopback, or behind a proxy that speaks TLS
proxies = ["172.16.0.0/12"]
TOML
ENV PATH=/opt/dnsguard/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# no name needed, so no /etc/passwd entry; orchestrators that insist on a non-root number accept it
USER 10053:10053
VOLUME /var/lib/dnsguard
EXPOSE 53/udp 53/tcp 8053/tcp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=4s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8053/healthz', timeout=3)"]
ENTRYPOINT ["dnsguard"]
CMD ["serve", "--config", "/etc/dnsguard/config.toml"]
