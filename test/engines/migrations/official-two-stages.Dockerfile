FROM python:3.11 AS build
WORKDIR /src
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
RUN python -m pip install --no-cache-dir gunicorn

FROM python:3.11-slim
WORKDIR /srv
COPY --from=build /usr/local/lib/python3.11/site-packages /usr/local/lib/python3.11/site-packages
COPY --from=build /usr/local/bin /usr/local/bin
COPY app app
USER 1001
CMD ["gunicorn", "app.wsgi"]
