FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
RUN pip3 install --break-system-packages --no-cache-dir pipenv
WORKDIR /srv
COPY Pipfile ./
ENV PIP_BREAK_SYSTEM_PACKAGES=1
RUN pipenv install --system --skip-lock
CMD ["flask"]
