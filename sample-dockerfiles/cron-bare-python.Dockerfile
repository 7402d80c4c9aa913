# Nightly meter readings, one container that does nothing but cron.
FROM python:3.12-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends cron tzdata \
    && rm -rf /var/lib/apt/lists/*

RUN python -m venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"

COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir -r /tmp/requirements.txt

WORKDIR /srv/meters
COPY meters/ meters/

RUN echo "10 1 * * * root cd /srv/meters && python -m meters.pull" > /etc/cron.d/meters \
    && echo "40 1 * * * root cd /srv/meters && python3 -m meters.bill >> /var/log/bill.log 2>&1" >> /etc/cron.d/meters \
    && chmod 0644 /etc/cron.d/meters
# the old host had this one in root's crontab
RUN echo '@weekly cd /srv/meters && python -m meters.prune' | crontab -

CMD ["cron", "-f"]
