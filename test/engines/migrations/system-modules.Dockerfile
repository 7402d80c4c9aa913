FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3-pip python3-yaml \
 && rm -rf /var/lib/apt/lists/*
RUN pip3 install --break-system-packages --no-cache-dir flask
RUN python3 -c "import yaml, flask"
CMD ["flask"]
