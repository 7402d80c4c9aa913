FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
# pip refuses otherwise
RUN rm -f /usr/lib/python3.11/EXTERNALLY-MANAGED
WORKDIR /srv
COPY requirements.txt .
RUN pip3 install --no-cache-dir -r requirements.txt
COPY app app
CMD ["gunicorn", "app.wsgi"]
