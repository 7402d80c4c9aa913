# syntax=docker/dockerfile:1
# Buoy telemetry. uv brings the Python too: it lies in /opt, where any user can read it, and travels with the environment.
FROM debian:trixie-slim AS build

RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=ghcr.io/astral-sh/uv:0.12.5 /uv /bin/uv

ENV UV_PYTHON_INSTALL_DIR=/opt/python \
    UV_PYTHON_PREFERENCE=only-managed \
    UV_LINK_MODE=copy \
    UV_COMPILE_BYTECODE=1 \
    UV_NO_DEV=1 \
    UV_PROJECT_ENVIRONMENT=/opt/venv

RUN uv python install 3.13.5

WORKDIR /src
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=bind,source=uv.lock,target=uv.lock \
    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \
    uv sync --locked --no-install-project --no-editable --python 3.13.5

COPY pyproject.toml uv.lock README.md ./
COPY src/ src/
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --locked --no-editable --python 3.13.5

FROM debian:trixie-slim

COPY --from=build /opt/python /opt/python
COPY --from=build /opt/venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"

RUN install -d -o 10001 -g 0 -m 0775 /var/lib/buoys
WORKDIR /var/lib/buoys
ENV HOME=/var/lib/buoys

USER 10001:0
ENTRYPOINT ["/opt/venv/bin/python", "-m", "buoys"]
CMD ["listen", "--port", "9000"]
