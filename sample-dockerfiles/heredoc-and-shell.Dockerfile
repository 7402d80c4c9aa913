# syntax=docker/dockerfile:1.7
FROM python:3.12-slim-bookworm

SHELL ["/bin/bash", "-euo", "pipefail", "-c"]

RUN <<EOF
apt-get update
apt-get install -y --no-install-recommends cron postgresql-client
rm -rf /var/lib/apt/lists/*
python -m venv /opt/venv
EOF

ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"

WORKDIR /srv/reportmill
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip <<EOF
pip install -r requirements.txt
python -c 'import reportlab; print(reportlab.Version)'
EOF
COPY reportmill/ reportmill/

COPY <<'EOF' /etc/cron.d/reportmill
# nightly PDFs, weekly cleanup
15 2 * * * root cd /srv/reportmill && python -m reportmill.nightly >> /var/log/reportmill.log 2>&1
30 4 * * 0 root cd /srv/reportmill && python -m reportmill.cleanup >> /var/log/reportmill.log 2>&1
EOF

COPY --chmod=755 <<'EOF' /usr/local/bin/entrypoint.sh
#!/bin/bash
set -e
cron
until pg_isready -q -h "${PGHOST:-db}"; do sleep 1; done
python -m reportmill.migrate
"$@"
EOF

ENTRYPOINT ["/usr/local/bin/entrypoint.sh"]
CMD ["gunicorn", "-b", "0.0.0.0:8000", "reportmill.web:app"]
