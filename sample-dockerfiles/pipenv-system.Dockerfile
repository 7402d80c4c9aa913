# Library loans, moved from a virtual machine. The Pipfile came along.
FROM debian:bookworm-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PIP_ROOT_USER_ACTION=ignore

RUN apt-get update && apt-get install -y --no-install-recommends \
        pipenv \
        python3 \
        python3-psycopg2 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /srv/loans
COPY Pipfile Pipfile.lock ./
RUN pipenv install --system --deploy
RUN pipenv install gunicorn

COPY loans/ ./loans/
COPY manage.py ./

ENV PYTHONPATH=/srv/loans:/usr/lib/python3/dist-packages

USER www-data
EXPOSE 8000
CMD ["pipenv", "run", "gunicorn", "--bind", "0.0.0.0:8000", "loans.wsgi"]
