FROM python:3.11-slim AS build
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt

FROM python:3.11-slim
COPY --from=build /usr/local /usr/local
CMD ["flask"]
