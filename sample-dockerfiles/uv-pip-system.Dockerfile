FROM python:3.12-slim-bookworm

COPY --from=ghcr.io/astral-sh/uv:latest /uv /uvx /bin/

ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1

WORKDIR /code

# the container is the isolation, no venv needed
COPY requirements.lock ./
RUN --mount=type=cache,target=/root/.cache/uv \
    uv pip install --system -r requirements.lock

COPY ./mailsieve /code/mailsieve
RUN uv pip install --system --no-cache "sentry-sdk[fastapi]"

RUN adduser --disabled-password --gecos "" mailsieve
USER mailsieve

EXPOSE 80
CMD ["fastapi", "run", "mailsieve/main.py", "--port", "80", "--proxy-headers"]
