// Images that were built in one stage, and a base that nothing was built on, as the facts in policies/facts record them.
import type { ImageBuilder } from '../support/image.ts';
import { built, linux, MB, type Step } from './sample-builder.ts';

const debian: Step = ["# debian.sh --arch 'amd64' out/ 'bookworm' '@1759104000'", 48.5 * MB, 'debuerreotype 0.16'];

/** `FROM golang` and nothing more: the compiler, its caches, the sources and their history stay. */
export function goSingleStage(): ImageBuilder {
  const config = linux().config({
    User: '10001',
    Env: ['PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'GOPATH=/go'],
    Entrypoint: ['/app/server'],
    WorkingDir: '/app',
    Healthcheck: { Test: ['CMD', '/app/server', '--check'] },
  });
  return built(config, [
    debian,
    [
      'RUN /bin/sh -c set -eux; apt-get update; apt-get install -y --no-install-recommends ca-certificates curl gnupg netbase sq wget # buildkit',
      24 * MB,
    ],
    [
      'RUN /bin/sh -c set -eux; apt-get update; apt-get install -y --no-install-recommends g++ gcc libc6-dev make pkg-config; rm -rf /var/lib/apt/lists/* # buildkit',
      92.1 * MB,
    ],
    ['COPY /target/ / # buildkit', 60.4 * MB],
    ['WORKDIR /app', 120],
    ['COPY . . # buildkit', 18.2 * MB],
    ['RUN /bin/sh -c go build -o /app/server ./cmd/server # buildkit', 198.7 * MB],
    ['USER 10001'],
    ['ENTRYPOINT ["/app/server"]'],
  ]);
}

/** Compilers that a later RUN removes, which makes the image larger by the list of what is gone. */
export function pythonSingleStage(): ImageBuilder {
  const config = linux().config({
    User: '10001',
    Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'PYTHONUNBUFFERED=1'],
    Entrypoint: ['python3', '-m', 'shop'],
    WorkingDir: '/app',
  });
  return built(config, [
    debian,
    ['RUN /bin/sh -c apt-get update # buildkit', 19.2 * MB],
    [
      'RUN /bin/sh -c apt-get install -y --no-install-recommends python3 python3-pip python3-dev gcc g++ libpq-dev # buildkit',
      104.6 * MB,
    ],
    ['COPY requirements.txt . # buildkit', 900],
    ['RUN /bin/sh -c pip install --break-system-packages -r requirements.txt # buildkit', 88.3 * MB],
    ['COPY shop shop # buildkit', 0.4 * MB],
    [
      'RUN /bin/sh -c apt-get purge -y gcc g++ libpq-dev && apt-get autoremove -y && rm -rf /var/lib/apt/lists/* # buildkit',
      1.1 * MB,
    ],
    ['USER 10001'],
    ['ENTRYPOINT ["python3" "-m" "shop"]'],
  ]);
}

export function debianBase(): ImageBuilder {
  return built(linux().config({ Cmd: ['bash'], Env: ['PATH=/usr/local/bin:/usr/bin:/bin'] }), [debian]);
}
