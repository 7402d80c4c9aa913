# Order queue worker; `docker stop` takes ten seconds and nobody knows why.
FROM python:3.13-slim-trixie

WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /app/venv \
    && /app/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

COPY orderqueue/ ./orderqueue/

EXPOSE 9100
HEALTHCHECK --interval=1m CMD ["sh", "-c", ". /app/venv/bin/activate && python -m orderqueue.ping"]
# the activation puts our Python first
ENTRYPOINT ["sh", "-c", ". /app/venv/bin/activate && python -m orderqueue.migrate && python -m orderqueue.worker"]
