// What widely used base images carry in their configs: variables and instructions that look like secrets and are none.
const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const environmentsOfBaseImages: Readonly<Record<string, readonly string[]>> = {
  node: [path, 'NODE_VERSION=26.10.0', 'YARN_VERSION=1.22.22'],
  python: [
    path,
    'LANG=C.UTF-8',
    'GPG_KEY=7169605F62C751356D054A26A821E680E5FA6305',
    'PYTHON_VERSION=3.13.9',
    'PYTHON_SHA256=ed5ef34cda36cfa2f3a340f07cac7e7814f91c7f3c411f6d3562323a866c5c66',
    'PYTHON_PIP_VERSION=25.3',
    'PYTHON_GET_PIP_URL=https://github.com/pypa/get-pip/raw/dbf0c85f76fb6e1ab42aa672ffca6f0a675d9ee4/public/get-pip.py',
    'PYTHON_GET_PIP_SHA256=dfe9fd5c28dc98b5ac17979a953ea550cec37ae1b47a5116007395bfacff2ab9',
  ],
  golang: ['GOLANG_VERSION=1.27.1', 'GOTOOLCHAIN=local', 'GOPATH=/go', 'PATH=/go/bin:/usr/local/go/bin:/usr/bin:/bin'],
  openjdk: [
    'JAVA_HOME=/usr/local/openjdk-21',
    'LANG=C.UTF-8',
    'JAVA_VERSION=21.0.9',
    'JAVA_TOOL_OPTIONS=-XX:+UseContainerSupport',
  ],
  postgres: [
    'GOSU_VERSION=1.19',
    'LANG=en_US.utf8',
    'PG_MAJOR=18',
    'PG_VERSION=18.1-1.pgdg13+2',
    'PG_SHA256=ff86675c336c46e98ac991ebb306d1b67621ece1d06787beaade312c2c915d54',
    'DOCKER_PG_LLVM_DEPS=llvm19-dev \t\tclang19',
    'PGDATA=/var/lib/postgresql/18/docker',
  ],
  nginx: [
    'NGINX_VERSION=1.29.3',
    'NJS_VERSION=0.9.4',
    'NJS_RELEASE=1~trixie',
    'PKG_RELEASE=1~trixie',
    'DYNPKG_RELEASE=1~trixie',
  ],
  redis: [
    'REDIS_VERSION=8.4.0',
    'REDIS_DOWNLOAD_URL=https://github.com/redis/redis/archive/refs/tags/8.4.0.tar.gz',
    'REDIS_DOWNLOAD_SHA=58a9b5a1b0f1d8f7c34bd57a2c4e3f7f35f1a1aee1cf4e44d2d98f4ae0e7a5b1',
  ],
  php: [
    'PHPIZE_DEPS=autoconf \t\tdpkg-dev \t\tfile \t\tg++ \t\tgcc \t\tlibc-dev \t\tmake \t\tpkg-config \t\tre2c',
    'PHP_INI_DIR=/usr/local/etc/php',
    'PHP_CFLAGS=-fstack-protector-strong -fpic -fpie -O2 -D_LARGEFILE_SOURCE -D_FILE_OFFSET_BITS=64',
    'PHP_LDFLAGS=-Wl,-O1 -pie',
    'GPG_KEYS=1198C0117593497A5EC5C199286AF1F9897469DC 49D9AF6BC72A80D6691719C8AA23F5BE9C7097D4',
    'PHP_VERSION=8.5.0',
    'PHP_URL=https://www.php.net/distributions/php-8.5.0.tar.xz',
    'PHP_ASC_URL=https://www.php.net/distributions/php-8.5.0.tar.xz.asc',
    'PHP_SHA256=39cb6e4acd679b574d3d3276f148213e935fc25f90403eb84fb1b836a806ef1e',
  ],
  mysql: [
    'GOSU_VERSION=1.19',
    'MYSQL_MAJOR=innovation',
    'MYSQL_VERSION=9.5.0-1.el9',
    'MYSQL_SHELL_VERSION=9.5.0-1.el9',
  ],
  mongo: [
    'MONGO_PACKAGE=mongodb-org',
    'MONGO_REPO=repo.example.com',
    'JSYAML_VERSION=3.13.1',
    'JSYAML_CHECKSUM=662e32319bdd378e91f67578e56a34954b0a2e33aca11d70ab9f4826af24b941',
  ],
  rabbitmq: [
    'ERLANG_INSTALL_PATH_PREFIX=/opt/erlang',
    'RABBITMQ_VERSION=4.2.1',
    'RABBITMQ_PGP_KEY_ID=0x0A9AF2115F4687BD29803A206B73A36E6026DFCA',
    'RABBITMQ_HOME=/opt/rabbitmq',
    'HOME=/var/lib/rabbitmq',
  ],
  httpd: [
    'HTTPD_PREFIX=/usr/local/apache2',
    'HTTPD_VERSION=2.4.65',
    'HTTPD_SHA256=58b8be97d9940ec17f7656c0c6b9f41b618aac468b894b534148e3296c53b8b3',
    'HTTPD_PATCHES=',
  ],
  tomcat: [
    'CATALINA_HOME=/usr/local/tomcat',
    'TOMCAT_VERSION=11.0.14',
    'TOMCAT_SHA512=46a9ee0b9ed8b0f6e2ec0a1ae3e8a2e5a9c8f6a1c6a6c4b47a3a3f0d9ff1e2f2ad3a7c0b4fdf1f6ee9e8b0a0e6b0a7d0a7e9a3f7c7a7a0b0c1d2e3f4a5b6c7d8',
  ],
  ruby: [
    'RUBY_VERSION=3.4.7',
    'RUBY_DOWNLOAD_URL=https://cache.ruby-lang.org/pub/ruby/3.4/ruby-3.4.7.tar.xz',
    'RUBY_DOWNLOAD_SHA256=db425a86f6e07546957578f4946cc700a91e7fd51115a86c56e096f30e0530c7',
    'GEM_HOME=/usr/local/bundle',
    'BUNDLE_SILENCE_ROOT_WARNING=1',
  ],
  rust: ['RUSTUP_HOME=/usr/local/rustup', 'CARGO_HOME=/usr/local/cargo', 'RUST_VERSION=1.91.1'],
  dotnet: [
    'APP_UID=1654',
    'ASPNETCORE_HTTP_PORTS=8080',
    'DOTNET_RUNNING_IN_CONTAINER=true',
    'ASPNET_VERSION=10.0.0',
    'DOTNET_GENERATE_ASPNET_CERTIFICATE=false',
    'NUGET_XMLDOC_MODE=skip',
  ],
  keycloak: ['KC_HTTP_MANAGEMENT_PORT=9000', 'KC_RUN_IN_CONTAINER=true', 'KEYCLOAK_HOME=/opt/keycloak'],
  gradle: [
    'GRADLE_HOME=/opt/gradle',
    'GRADLE_VERSION=9.2.1',
    'GRADLE_DOWNLOAD_SHA256=72f44c9f8ebcb1af43838f45ee5c4aa9c5444898b3468ab3f4af7b6076c5bc3f',
  ],
  haproxy: [
    'HAPROXY_VERSION=3.3.0',
    'HAPROXY_URL=https://www.haproxy.org/download/3.3/src/haproxy-3.3.0.tar.gz',
    'HAPROXY_SHA256=fdf5d2ab4ba7ba5ba0ff9b1b1b8f2c0bd4f1b5ad0c3a7a3a8f1f3e3b1d0a2c4e',
  ],
};

export const instructionsOfBaseImages: Readonly<Record<string, readonly string[]>> = {
  debian: ["# debian.sh --arch 'amd64' out/ 'trixie' '@1763337600'"],
  alpine: ['ADD alpine-minirootfs-3.22.2-x86_64.tar.gz / # buildkit', 'CMD ["/bin/sh"]'],
  node: [
    'RUN /bin/sh -c ARCH= && dpkgArch="$(dpkg --print-architecture)" && case "$dpkgArch" in amd64) ARCH=\'x64\' OPENSSL_ARCH=\'linux-x86_64\';; esac && for key in C0D6248439F1D5604AAFFB4021D900FFDB233756 DD792F5973C6DE52C432CBDAC77ABFA00DDBF2B7 ; do gpg --batch --keyserver hkps://keys.openpgp.org --recv-keys "$key" || gpg --batch --keyserver keyserver.ubuntu.com --recv-keys "$key" ; done && curl -fsSLO --compressed "https://nodejs.org/dist/v$NODE_VERSION/SHASUMS256.txt.asc" # buildkit',
    'COPY docker-entrypoint.sh /usr/local/bin/ # buildkit',
    'ENTRYPOINT ["docker-entrypoint.sh"]',
  ],
  postgres: [
    'RUN /bin/sh -c set -ex; key=\'B97B0AFCAA1A47F044F244A07FCC7D46ACCC4CF8\'; export GNUPGHOME="$(mktemp -d)"; mkdir -p /usr/local/share/keyrings/; gpg --batch --keyserver keyserver.ubuntu.com --recv-keys "$key"; gpg --batch --export --armor "$key" > /usr/local/share/keyrings/postgres.gpg.asc; gpgconf --kill all; rm -rf "$GNUPGHOME" # buildkit',
    'RUN /bin/sh -c echo "deb [ signed-by=/usr/local/share/keyrings/postgres.gpg.asc ] http://repo.example.com/apt trixie-pgdg main 18" > /etc/apt/sources.list.d/pgdg.list # buildkit',
  ],
  mysql: [
    'RUN /bin/sh -c set -eux; key=\'BCA4 3417 C3B4 85DD 128E C6D4 B7B3 B788 A8D3 785C\'; export GNUPGHOME="$(mktemp -d)"; gpg --batch --keyserver hkps://keys.openpgp.org --recv-keys "$key" # buildkit',
    "RUN /bin/sh -c set -eu; { echo '[mysql9.5-server-minimal]'; echo 'name=MySQL 9.5 Server Minimal'; echo 'enabled=1'; echo 'gpgcheck=1'; echo 'gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-mysql'; } | tee /etc/yum.repos.d/mysql-community-minimal.repo # buildkit",
  ],
  nginx: [
    'RUN /bin/sh -c set -x && groupadd --system --gid 101 nginx && NGINX_GPGKEYS="573BFD6B3D8FBC641079A6ABABF5BD827BD9ABF62 8540A6F18833A80E9C1653A42FD21310B49F6B46" ; NGINX_GPGKEY_PATH=/etc/apt/keyrings/nginx-archive-keyring.gpg; export GNUPGHOME="$(mktemp -d)" # buildkit',
    'RUN /bin/sh -c ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log # buildkit',
    'STOPSIGNAL SIGQUIT',
  ],
  php: [
    'RUN /bin/sh -c set -eux; if [ -n "$PHP_SHA256" ]; then echo "$PHP_SHA256 *php.tar.xz" | sha256sum -c -; fi; for key in $GPG_KEYS; do gpg --batch --keyserver keyserver.ubuntu.com --recv-keys "$key"; done # buildkit',
  ],
  alpineTools: [
    'RUN /bin/sh -c apk add --no-cache ca-certificates libcrypto3=3.1.4-r1 libssl3=3.1.4-r1 curl=8.17.0-r0 # buildkit',
  ],
};
