# Price feed, built with the Python that uv fetches itself.
FROM debian:trixie-slim AS build

RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/*
COPY --from=ghcr.io/astral-sh/uv:0.12.5 /uv /bin/uv

ENV UV_LINK_MODE=copy
WORKDIR /app
RUN uv python install 3.13

COPY pyproject.toml uv.lock README.md ./
COPY src/ src/
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --no-dev

FROM debian:trixie-slim

COPY --from=build /app/.venv /app/.venv
ENV PATH="/app/.venv/bin:$PATH"
WORKDIR /app

USER 10001:0
CMD ["pricefeed", "--interval", "30"]
