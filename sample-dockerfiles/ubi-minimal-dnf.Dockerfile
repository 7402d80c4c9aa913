FROM registry.access.redhat.com/ubi9/ubi:9.6

LABEL name="shiftledger/api" \
      vendor="Shiftledger" \
      version="2.3"

RUN dnf -y install --setopt=install_weak_deps=0 --nodocs \
        python3 \
        python3-pip \
        python3-devel \
        gcc \
    && dnf clean all \
    && rm -rf /var/cache/dnf

WORKDIR /app
COPY requirements.txt /app/
RUN pip3 install -r requirements.txt

COPY . /app

# OpenShift runs us with a random uid in group 0
RUN chgrp -R 0 /app && \
    chmod -R g=u /app /etc/passwd

USER 1001
EXPOSE 8080
CMD ["python3", "manage.py", "runserver", "0.0.0.0:8080"]
