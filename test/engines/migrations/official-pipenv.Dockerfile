FROM python:3.11-slim
RUN pip install --no-cache-dir pipenv
WORKDIR /srv
COPY Pipfile ./
RUN pipenv install --system --skip-lock
CMD ["flask"]
