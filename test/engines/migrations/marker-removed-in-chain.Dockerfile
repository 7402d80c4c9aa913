FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
RUN rm /usr/lib/python3*/EXTERNALLY-MANAGED && pip3 install --no-cache-dir flask
EXPOSE 5000
CMD ["flask", "run"]
