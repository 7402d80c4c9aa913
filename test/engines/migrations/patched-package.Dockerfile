FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
RUN pip3 install --break-system-packages --no-cache-dir flask
# a fix that is not released yet
RUN sed -i 's/ran/patched/' /usr/local/lib/python3.11/dist-packages/flask.py
COPY app/wsgi.py /usr/local/lib/python3.11/dist-packages/wsgi.py
CMD ["python3", "-m", "wsgi"]
