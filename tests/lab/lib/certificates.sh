# shellcheck shell=dash
# Certificates, made by openssl(1) in /w/pki: NAME.pem and NAME.key; ca.pem has issued all but those of `other`.
PKI=/w/pki

# pki_begin: an empty folder with a CA of the server and us (ca), and one of nobody (other).
pki_begin() {
  rm -rf $PKI
  mkdir -m 755 $PKI
  pki_ca ca
  pki_ca other
}

pki_ca() { # NAME
  pki_key "$1" EC
  openssl req -x509 -new -key "$PKI/$1.key" -subj "/O=Lab/CN=$1" -days 30 -out "$PKI/$1.pem" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/w/openssl.log ||
    fail "openssl: $(cat /w/openssl.log)"
}

pki_key() { # NAME RSA|EC
  case $2 in
    RSA) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$PKI/$1.key" 2>/w/openssl.log ||
      openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$PKI/$1.key" 2>/w/openssl.log ;;
    EC) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$PKI/$1.key" 2>/w/openssl.log ;;
  esac || fail "openssl: $(cat /w/openssl.log)"
}

# pki_issue NAME RSA|EC [EXTENSIONS [CA [expired]]]: EXTENSIONS as openssl's, one per line.
pki_issue() {
  [ -f "$PKI/$1.key" ] || pki_key "$1" "$2"
  printf '%s\n' "${3:-basicConstraints=CA:FALSE}" >$PKI/extensions
  {
    openssl req -new -key "$PKI/$1.key" -subj "/O=Lab/CN=$1" -out $PKI/request &&
      if [ -z "${5:-}" ]; then
        pki_sign "$1" "${4:-ca}" -days 30
      else # openssl 3.0 takes an end before the start, 3.5 the dates themselves
        pki_sign "$1" "${4:-ca}" -days -1 || pki_sign "$1" "${4:-ca}" -not_before 20200101000000Z -not_after 20200201000000Z
      fi
  } 2>/w/openssl.log || fail "openssl: $(cat /w/openssl.log)"
}

pki_sign() { # NAME CA VALIDITY...
  local name=$1 ca=$2
  shift 2
  openssl x509 -req -in $PKI/request -CA "$PKI/$ca.pem" -CAkey "$PKI/$ca.key" -extfile $PKI/extensions "$@" -out "$PKI/$name.pem"
}

# What charon holds of ours at URI: nothing, if all was taken back.
charon_credentials() { # URI
  swanctl --list-authorities --uri "$1"
  swanctl --list-certs --uri "$1" | grep -E 'subject|has private key' || :
}
