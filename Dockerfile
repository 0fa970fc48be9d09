# syntax=docker/dockerfile:1
# A static binary in an empty image. Time zones are inside the binary.

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /out/reoptin ./cmd/reoptin
# An empty image cannot make folders, and a volume takes over the owner of the folder under it.
RUN install -d -m 0700 -o 65532 -g 65532 /out/data /out/journal /out/keys && install -d -m 1777 /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/reoptin /reoptin
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build --chown=65532:65532 /out/journal /journal
COPY --from=build --chown=65532:65532 /out/keys /keys
COPY --from=build --chown=65532:65532 /out/tmp /tmp

# Three volumes on purpose: restoring the database must restore neither the keys nor the send journal,
# or a backup could make the program ask people a second time.
ENV REOPTIN_DATABASE=/data/reoptin.db \
    REOPTIN_JOURNAL=/journal/send.journal \
    REOPTIN_KEYS=/keys \
    REOPTIN_LISTEN=0.0.0.0:8080
VOLUME ["/data", "/journal", "/keys"]
WORKDIR /data
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/reoptin", "healthcheck"]
ENTRYPOINT ["/reoptin"]
CMD ["serve"]
