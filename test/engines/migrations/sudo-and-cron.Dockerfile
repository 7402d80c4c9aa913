FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip sudo cron && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home app && echo 'app ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/app
USER app
RUN sudo pip3 install --break-system-packages --no-cache-dir flask
RUN sudo -H /usr/bin/pip3 install --break-system-packages --no-cache-dir gunicorn
CMD ["flask"]
