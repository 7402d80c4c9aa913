# syntax=docker/dockerfile:1

ARG PYTHON_VERSION=3.12

FROM python:${PYTHON_VERSION}-slim-bookworm AS builder
ARG POETRY_VERSION=2.1.2

# poetry gets its own environment so its deps never meet ours
RUN python -m venv /opt/poetry \
    && /opt/poetry/bin/pip install --no-cache-dir "poetry==${POETRY_VERSION}"

RUN python -m venv --without-pip /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"

WORKDIR /src
COPY pyproject.toml poetry.lock ./
RUN --mount=type=cache,target=/root/.cache/pypoetry \
    /opt/poetry/bin/poetry install --only main --no-root --no-interaction --no-ansi

COPY README.md ./
COPY src/ src/
RUN /opt/poetry/bin/poetry build --format wheel \
    && /usr/local/bin/pip --python /opt/venv/bin/python install --no-cache-dir --no-deps dist/*.whl

FROM python:${PYTHON_VERSION}-slim-bookworm AS runtime

RUN install -d -o 10001 -g 0 -m 0775 /var/lib/seedvault

COPY --from=builder /opt/venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"
ENV HOME=/var/lib/seedvault

WORKDIR /var/lib/seedvault
USER 10001:0

STOPSIGNAL SIGTERM
CMD ["celery", "--app", "seedvault.tasks", "worker", "--loglevel", "INFO"]
