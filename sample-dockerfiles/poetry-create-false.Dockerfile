FROM debian:bookworm-slim

ENV PYTHONUNBUFFERED=1 \
    POETRY_NO_INTERACTION=1

RUN apt-get update \
  && apt-get install -y --no-install-recommends \
    libgdal32 \
    python3 \
    python3-poetry \
    tini \
  && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/fieldmapper

# no need for a virtualenv inside a container
RUN poetry config virtualenvs.create false

COPY pyproject.toml poetry.lock ./
RUN poetry install --only main --no-root --no-ansi

COPY fieldmapper ./fieldmapper
COPY migrations ./migrations

USER nobody
EXPOSE 8088
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["python3", "-m", "uvicorn", "fieldmapper.main:app", "--host", "0.0.0.0", "--port", "8088"]
