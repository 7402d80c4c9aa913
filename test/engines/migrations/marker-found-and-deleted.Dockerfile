FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-pip && rm -rf /var/lib/apt/lists/*
RUN find /usr/lib -name EXTERNALLY-MANAGED -delete
RUN python3 -m pip install --no-cache-dir --upgrade setuptools && python3 -m pip install --no-cache-dir flask
HEALTHCHECK CMD python3 -c "import flask"
CMD ["python3", "-m", "flask"]
