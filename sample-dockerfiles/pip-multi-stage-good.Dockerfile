# syntax=docker/dockerfile:1
ARG PYTHON_VERSION=3.13

FROM python:${PYTHON_VERSION}-slim-trixie AS build

# psycopg is compiled from source, the libpq headers stay in this stage
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev libpq-dev \
    && rm -rf /var/lib/apt/lists/*

RUN python -m venv --without-pip /opt/venv

WORKDIR /src
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/venv/bin/python install --require-hashes -r requirements.txt


FROM python:${PYTHON_VERSION}-slim-trixie

RUN apt-get update \
    && apt-get install -y --no-install-recommends libpq5 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 0 -m 0775 /app

COPY --from=build /opt/venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"

ENV HOME=/app \
    PYTHONUNBUFFERED=1

WORKDIR /app
COPY --chown=0:0 tidebook/ ./tidebook/
COPY --chown=0:0 gunicorn.conf.py ./

USER 10001:0
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s \
    CMD ["python", "-m", "tidebook.healthcheck"]
CMD ["gunicorn", "-c", "gunicorn.conf.py", "tidebook.wsgi:application"]
