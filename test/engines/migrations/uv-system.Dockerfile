FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3 && rm -rf /var/lib/apt/lists/*
COPY --from=ghcr.io/astral-sh/uv:0.9.5 /uv /usr/local/bin/uv
COPY requirements.txt .
RUN uv pip install --system --break-system-packages --no-cache -r requirements.txt
CMD ["gunicorn"]
