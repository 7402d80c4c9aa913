# syntax=docker/dockerfile:1.7
FROM debian:bookworm

RUN <<EOF
set -e
apt-get update
apt-get install -y --no-install-recommends git openssh-client python3 python3-pip rsync
rm -rf /var/lib/apt/lists/*
EOF

# site-wide pip settings, same file as on the lab machines
RUN cat > /etc/pip.conf <<EOF
[global]
index-url = https://pypi.lab.quillmoor.example/simple
timeout = 30
no-cache-dir = true
break-system-packages = true
EOF

WORKDIR /opt/labrunner
COPY requirements.txt .
RUN pip install -r requirements.txt

COPY labrunner/ labrunner/
COPY etc/labrunner.toml /etc/labrunner.toml

RUN useradd -r -u 990 -m labrunner && chown -R labrunner: /opt/labrunner
USER 990

CMD ["python3", "-m", "labrunner", "-c", "/etc/labrunner.toml"]
