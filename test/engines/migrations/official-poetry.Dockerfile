FROM python:3.11-slim
ENV POETRY_VIRTUALENVS_CREATE=false
RUN pip install --no-cache-dir poetry
WORKDIR /srv
COPY pyproject.toml README.md ./
COPY shop shop
RUN poetry install --only main --no-interaction
CMD ["shop"]
