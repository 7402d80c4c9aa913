# syntax=docker/dockerfile:1
FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    # skip the .pyc files, saves a few MB
    PIP_NO_COMPILE=1

RUN python -m venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv PATH="$VIRTUAL_ENV/bin:$PATH"

WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt

COPY --chown=10001:0 hopsbot/ ./hopsbot/
ENV HOME=/tmp

USER 10001:0
CMD ["python", "-m", "hopsbot"]
