# syntax=docker/dockerfile:1
# Parking permits on OpenShift: a random user id, always group 0, and nothing that needs to know its name.
FROM registry.access.redhat.com/ubi9/ubi:9.6 AS build

RUN dnf -y install --setopt=install_weak_deps=0 --nodocs python3.12 python3.12-pip python3.12-devel gcc \
    && dnf clean all

RUN python3.12 -m venv --without-pip /opt/venv

COPY requirements.txt /tmp/requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip \
    pip3.12 --python /opt/venv/bin/python install --require-hashes -r /tmp/requirements.txt

FROM registry.access.redhat.com/ubi9/ubi:9.6

LABEL name="permits" \
      io.k8s.display-name="Parking permits" \
      io.openshift.expose-services="8080:http" \
      io.openshift.tags="python,permits"

RUN dnf -y install --setopt=install_weak_deps=0 --nodocs python3.12 \
    && dnf clean all \
    && install -d -o 1001 -g 0 -m 0775 /opt/permits

COPY --from=build /opt/venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"

WORKDIR /opt/permits
ENV HOME=/opt/permits
COPY --chown=1001:0 --chmod=g=u permits/ ./permits/

USER 1001:0
EXPOSE 8080
CMD ["python", "-m", "permits", "--bind", "0.0.0.0:8080"]
