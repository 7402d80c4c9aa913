FROM debian:12-slim AS base
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
RUN rm /usr/lib/python3.11/EXTERNALLY-MANAGED

FROM base AS worker
RUN pip3 install --no-cache-dir gunicorn
CMD ["gunicorn"]

FROM base
RUN pip3 install --no-cache-dir flask
CMD ["flask"]
