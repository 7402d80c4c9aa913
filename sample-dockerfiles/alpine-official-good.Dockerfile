# syntax=docker/dockerfile:1

ARG PY=3.13
ARG ALPINE=3.22

FROM python:${PY}-alpine${ALPINE} AS deps
RUN python -m venv --without-pip /opt/venv
COPY requirements.txt /tmp/requirements.txt
# wheels only: we'd rather find out here than wait for a compiler run
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/venv/bin/python install \
        --only-binary=:all: \
        --require-hashes \
        -r /tmp/requirements.txt

FROM python:${PY}-alpine${ALPINE}
RUN install -d -o 10001 -g 0 -m 0775 /app
WORKDIR /app

COPY --from=deps /opt/venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"
ENV HOME=/app

COPY --chown=0:0 dnsbeacon/ ./dnsbeacon/

USER 10001:0
EXPOSE 9153/tcp
CMD ["python", "-m", "dnsbeacon", "--listen", ":9153"]
