# Plimsoll in an image: docker build -t plimsoll . && docker run --rm -v "$PWD:/work:ro" plimsoll lint
# The bundle in bin needs nothing but Node; images are inspected as files, or in a registry.
FROM node:24.11.1-alpine3.22
LABEL org.opencontainers.image.title="Plimsoll" \
      org.opencontainers.image.source="https://github.com/plimsoll-lint/plimsoll" \
      org.opencontainers.image.licenses="MIT"
COPY bin /opt/plimsoll/bin
WORKDIR /work
USER 1000:0
# It runs once.
HEALTHCHECK NONE
ENTRYPOINT ["node", "/opt/plimsoll/bin/plimsoll.js"]
CMD ["lint"]
