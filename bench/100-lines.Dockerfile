# syntax=docker/dockerfile:1
# The file that `npm run bench` times: a hundred lines as teams write them.
ARG PYTHON=3.13
ARG DEBIAN=bookworm

FROM node:22-${DEBIAN}-slim AS assets
WORKDIR /web
COPY web/package.json web/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY web .
RUN npm run build

FROM python:${PYTHON}-slim-${DEBIAN} AS build
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
RUN set -eux; \
    apt-get update; \
    apt-get install -y --no-install-recommends \
        build-essential \
        libffi-dev \
        libpq-dev \
        libxml2-dev \
        libxslt1-dev \
        pkg-config \
    ; \
    rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"
WORKDIR /src
COPY requirements.txt requirements-extra.txt ./
# compiled dependencies first: they change least
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --upgrade pip setuptools wheel && \
    pip install -r requirements.txt && \
    pip install -r requirements-extra.txt
COPY . .
RUN --mount=type=cache,target=/root/.cache/pip pip install --no-deps .
RUN <<EOF
set -e
for locale in de en fr; do
    mkdir -p "/out/locale/$locale"
    msgfmt -o "/out/locale/$locale/app.mo" "locale/$locale/app.po"
done
if [ -d plugins ]; then
    for plugin in plugins/*; do
        pip install --no-deps "$plugin"
    done
fi
find /opt/venv -name '*.pyc' -newer requirements.txt -exec touch -r requirements.txt {} +
EOF

FROM build AS test
RUN pip install pytest pytest-cov && \
    python -m pytest -q --cov=app --cov-report=term-missing

FROM python:${PYTHON}-slim-${DEBIAN} AS runtime
LABEL org.opencontainers.image.title="ledger" \
      org.opencontainers.image.licenses="MIT"
RUN set -eux; \
    apt-get update; \
    apt-get install -y --no-install-recommends \
        ca-certificates \
        curl \
        libpq5 \
        libxml2 \
        libxslt1.1 \
        tini \
    ; \
    rm -rf /var/lib/apt/lists/*; \
    groupadd --gid 1001 ledger; \
    useradd --uid 1001 --gid 0 --home-dir /app --shell /usr/sbin/nologin ledger; \
    mkdir -p /app /var/lib/ledger; \
    chgrp -R 0 /app /var/lib/ledger; \
    chmod -R g=u /app /var/lib/ledger
COPY --from=build /opt/venv /opt/venv
COPY --from=build /out/locale /app/locale
COPY --from=assets --chown=1001:0 /web/dist /app/static
COPY --chown=1001:0 config /app/config
COPY <<EOF /usr/local/bin/entrypoint
#!/bin/sh
set -e
if [ "\$1" = "migrate" ]; then
    exec python -m ledger.migrate
fi
exec "\$@"
EOF

RUN chmod 755 /usr/local/bin/entrypoint && \
    pip install "gunicorn==23.0.0"
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH" \
    HOME=/app
WORKDIR /app
EXPOSE 8000
USER 1001:0
HEALTHCHECK --interval=30s --timeout=3s CMD curl -fsS http://127.0.0.1:8000/health || exit 1
ENTRYPOINT ["tini", "--", "entrypoint"]
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "ledger.wsgi"]
