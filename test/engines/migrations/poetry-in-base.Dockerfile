FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
RUN pip3 install --break-system-packages --no-cache-dir poetry
WORKDIR /srv
COPY pyproject.toml README.md ./
COPY shop shop
RUN poetry config virtualenvs.create false && poetry install --only main --no-interaction
CMD ["shop"]
