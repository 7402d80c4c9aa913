FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
RUN mv /usr/lib/python3.11/EXTERNALLY-MANAGED /tmp/marker \
 && pip3 install --no-cache-dir gunicorn flask \
 && mv /tmp/marker /usr/lib/python3.11/EXTERNALLY-MANAGED
CMD ["python3", "-m", "flask"]
