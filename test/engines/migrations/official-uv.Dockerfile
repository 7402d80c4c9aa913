FROM python:3.11-slim
COPY --from=ghcr.io/astral-sh/uv:0.9.5 /uv /usr/local/bin/uv
ENV UV_SYSTEM_PYTHON=1
COPY requirements.txt .
RUN uv pip install --no-cache -r requirements.txt
CMD ["gunicorn"]
