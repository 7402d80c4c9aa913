FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
RUN /usr/bin/pip3 install --break-system-packages --no-cache-dir flask gunicorn
RUN /usr/bin/python3 -c "import flask; print(flask.VERSION)" && /usr/local/bin/flask
HEALTHCHECK CMD ["/usr/bin/python3", "-c", "import gunicorn"]
ENTRYPOINT ["/usr/local/bin/gunicorn"]
