# The program with everything in it. Built with: docker build -t docjobs .
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /docjobs ./cmd/docjobs

FROM debian:bookworm-slim
# jing, trang and dita-ot (the DITA grammar) validate what is converted; OpenJDK's
# package needs the folder of manuals that slim images lack.
RUN mkdir -p /usr/share/man/man1 \
 && apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates jing trang dita-ot \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 docjobs \
 && install -d -o docjobs -g docjobs /data /shared
COPY --from=build /docjobs /usr/local/bin/docjobs
USER docjobs
VOLUME ["/data", "/shared"]
ENTRYPOINT ["docjobs"]
