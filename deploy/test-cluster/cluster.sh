#!/usr/bin/env bash
# A real Kubernetes of one node in this network namespace: etcd and containerd of Debian, hyperkube and coredns as build-hyperkube.sh makes them.
#
#   CLUSTER_DIR=state TOOLS=folder IMAGES="pause.tar holdfast.tar" nsenter --net=/run/netns/NAME deploy/test-cluster/cluster.sh up|down
set -euo pipefail
D=${CLUSTER_DIR:?folder for state and logs}; HK=${TOOLS:?folder of hyperkube and coredns}/hyperkube; COREDNS=$TOOLS/coredns; NODE_IP=${NODE_IP:-10.88.255.1}
PODS=10.244.0.0/24; SERVICES=10.96.0.0/16; L=$D/log
# Each writes down itself which process it is: whoever ends `up` meanwhile finds it.
start() { local n=$1; shift; setsid nohup sh -c 'echo $$ >"$0"; exec "$@"' "$D/$n.pid" "$@" >"$L/$n.log" 2>&1 </dev/null & }
is_alive() { grep -qs '^State:.[^Z]' "/proc/$1/status"; }
# Ends processes by name and waits for each: the API server first lets its watches go. Whoever takes longer is killed.
stop() {
  local n pid; for n in "$@"; do [ -f "$D/$n.pid" ] && kill "$(cat "$D/$n.pid")" 2>/dev/null || true; done
  for n in "$@"; do
    [ -f "$D/$n.pid" ] || continue; pid=$(cat "$D/$n.pid")
    for _ in $(seq 1 100); do is_alive "$pid" || break; sleep .2; done
    if is_alive "$pid"; then kill -KILL "$pid" 2>/dev/null || true; wait_for "end of $n" eval "! is_alive $pid" || true; fi
  done
}
wait_for() { local what=$1; shift; for _ in $(seq 1 300); do if "$@" >/dev/null 2>&1; then return 0; fi; sleep .2; done; echo "timed out: $what" >&2; return 1; }
certs() {
  mkdir -p "$D/pki"; cd "$D/pki"
  openssl ecparam -name prime256v1 -genkey -noout -out ca.key
  openssl req -x509 -new -key ca.key -subj /CN=test-ca -days 30 -out ca.crt 2>/dev/null
  openssl ecparam -name prime256v1 -genkey -noout -out sa.key; openssl ec -in sa.key -pubout -out sa.pub 2>/dev/null
  cert() { # name subject san
    openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
    openssl req -new -key "$1.key" -subj "$2" -out "$1.csr" 2>/dev/null
    openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out "$1.crt" -extfile <(printf "subjectAltName=%s\nextendedKeyUsage=clientAuth,serverAuth" "${3:-DNS:$1}") 2>/dev/null
  }
  cert apiserver /CN=kube-apiserver "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:$NODE_IP,IP:10.96.0.1"
  cert admin /O=system:masters/CN=admin
  cert controllers /CN=system:kube-controller-manager
  cert scheduler /CN=system:kube-scheduler
  cert proxy /CN=system:kube-proxy
  cert kubelet /O=system:nodes/CN=system:node:node1 "DNS:node1,IP:127.0.0.1,IP:$NODE_IP"
  cert apiserver-kubelet /O=system:masters/CN=apiserver-kubelet
  for u in admin controllers scheduler kubelet proxy; do
    cat >"$D/$u.kubeconfig" <<K
{"apiVersion":"v1","kind":"Config","current-context":"c","contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],
"clusters":[{"name":"c","cluster":{"server":"https://127.0.0.1:16443","certificate-authority":"$D/pki/ca.crt"}}],
"users":[{"name":"u","user":{"client-certificate":"$D/pki/$u.crt","client-key":"$D/pki/$u.key"}}]}
K
  done
}
up() {
  mkdir -p "$D" "$L"; certs
  sysctl vm.overcommit_memory kernel.panic kernel.panic_on_oops | sed "s/ = /=/" >"$D/sysctl.before"
  ip netns list | cut -d' ' -f1 >"$D/netns.before"
  # An address of this machine's own that pods can reach, on a bridge without ports (this kernel has no dummy links).
  ip link add hf-node type bridge 2>/dev/null || true; ip addr add "$NODE_IP/32" dev hf-node 2>/dev/null || true; ip link set hf-node up; ip route add $SERVICES dev hf-node 2>/dev/null || true
  start etcd etcd --data-dir "$D/etcd" --unsafe-no-fsync --listen-client-urls http://127.0.0.1:12379 --advertise-client-urls http://127.0.0.1:12379 --listen-peer-urls http://127.0.0.1:12380 --initial-advertise-peer-urls http://127.0.0.1:12380 --initial-cluster default=http://127.0.0.1:12380
  start apiserver "$HK" kube-apiserver --etcd-servers=http://127.0.0.1:12379 --bind-address=0.0.0.0 --secure-port=16443 --advertise-address="$NODE_IP" \
    --client-ca-file="$D/pki/ca.crt" --tls-cert-file="$D/pki/apiserver.crt" --tls-private-key-file="$D/pki/apiserver.key" --kubelet-client-certificate="$D/pki/apiserver-kubelet.crt" --kubelet-client-key="$D/pki/apiserver-kubelet.key" \
    --kubelet-preferred-address-types=InternalIP --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$D/pki/sa.pub" --service-account-signing-key-file="$D/pki/sa.key" \
    --service-cluster-ip-range=$SERVICES --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true
  export KUBECONFIG=$D/admin.kubeconfig
  wait_for apiserver "$HK" kubectl get --raw /readyz
  start controllers "$HK" kube-controller-manager --kubeconfig="$D/controllers.kubeconfig" --authentication-kubeconfig="$D/controllers.kubeconfig" --authorization-kubeconfig="$D/controllers.kubeconfig" --use-service-account-credentials --service-account-private-key-file="$D/pki/sa.key" --root-ca-file="$D/pki/ca.crt" --cluster-cidr=$PODS --allocate-node-cidrs=false --leader-elect=false --bind-address=127.0.0.1 --secure-port=11257
  start scheduler "$HK" kube-scheduler --kubeconfig="$D/scheduler.kubeconfig" --authentication-kubeconfig="$D/scheduler.kubeconfig" --authorization-kubeconfig="$D/scheduler.kubeconfig" --leader-elect=false --bind-address=127.0.0.1 --secure-port=11259
  # The node.
  mkdir -p "$D/cni" "$D/containerd"
  cat >"$D/cni/10-bridge.conflist" <<K
{"cniVersion":"0.4.0","name":"hf","plugins":[{"type":"bridge","bridge":"hf-cni0","isGateway":true,"ipMasq":false,"hairpinMode":true,"ipam":{"type":"host-local","ranges":[[{"subnet":"$PODS"}]],"routes":[{"dst":"0.0.0.0/0"}]}},{"type":"portmap","capabilities":{"portMappings":true}}]}
K
  cat >"$D/containerd.toml" <<K
version = 2
root = "$D/containerd/root"
state = "$D/containerd/state"
oom_score = 0
[grpc]
  address = "$D/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  enable_unprivileged_ports = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
    SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$D/cni"
K
  start containerd containerd --config "$D/containerd.toml"
  wait_for containerd ctr -a "$D/containerd.sock" version
  for i in ${IMAGES:-}; do ctr -a "$D/containerd.sock" -n k8s.io images import "$i" >/dev/null; done
  cat >"$D/kubelet.yaml" <<K
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $NODE_IP
port: 11250
healthzPort: 11248
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $D/pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $D/pki/kubelet.crt
tlsPrivateKeyFile: $D/pki/kubelet.key
cgroupDriver: cgroupfs
cgroupRoot: /
failSwapOn: false
failCgroupV1: false
oomScoreAdj: 0
containerRuntimeEndpoint: unix://$D/containerd.sock
clusterDNS: [$NODE_IP]
clusterDomain: cluster.local
resolvConf: /etc/resolv.conf
enforceNodeAllocatable: [pods]
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}
imageMinimumGCAge: 24h
podLogsDir: $D/pod-logs
K
  start kubelet "$HK" kubelet --config="$D/kubelet.yaml" --kubeconfig="$D/kubelet.kubeconfig" --hostname-override=node1 --node-ip="$NODE_IP" --root-dir="$D/kubelet"
  cat >"$D/proxy.yaml" <<K
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $D/proxy.kubeconfig}
clusterCIDR: $PODS
mode: iptables
hostnameOverride: node1
healthzBindAddress: 127.0.0.1:11256
metricsBindAddress: 127.0.0.1:11249
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
K
  start proxy "$HK" kube-proxy --config="$D/proxy.yaml"
  cat >"$D/Corefile" <<K
.:53 {
  bind $NODE_IP
  health 127.0.0.1:11280
  kubernetes cluster.local {
    kubeconfig $D/admin.kubeconfig c
    ttl 5
  }
  errors
}
K
  start coredns "$COREDNS" -conf "$D/Corefile"
  wait_for "node ready" sh -c "$HK kubectl get node node1 -o jsonpath='{.status.conditions[?(@.type==\"Ready\")].status}' | grep -q True"
}
down() {
  export KUBECONFIG=$D/admin.kubeconfig
  "$HK" kubectl delete deployments,statefulsets,jobs --all --all-namespaces --timeout=10s >/dev/null 2>&1 || true
  # kubelet and containerd take pods down themselves, networks included.
  "$HK" kubectl delete pods --all --all-namespaces --grace-period=2 --timeout=60s >/dev/null 2>&1 || true
  stop coredns proxy kubelet
  ctr -a "$D/containerd.sock" -n k8s.io tasks ls -q 2>/dev/null | while read -r t; do ctr -a "$D/containerd.sock" -n k8s.io tasks kill -s KILL "$t" 2>/dev/null || true; done || true; sleep 1
  stop containerd scheduler controllers apiserver; stop etcd
  # A shim outlives containerd, and whatever of its task was not deleted in time.
  pkill -KILL -f -- "-address $D/containerd.sock" || true
  wait_for "end of shims" eval '! pgrep -f -- "-address $D/containerd.sock"' || true
  mount | awk -v d="$D" 'index($3,d)==1{print $3}' | sort -r | while read -r m; do umount -l "$m" || true; done
  [ -f "$D/sysctl.before" ] && sysctl -q -p "$D/sysctl.before" || true
  ip link del hf-node 2>/dev/null || true; ip link del hf-cni0 2>/dev/null || true
  # What CNI, runc and kubelet leave outside of their folders.
  for n in $(ip netns list | grep -o '^cni-[0-9a-f-]*' | grep -vxFf "$D/netns.before"); do ip netns del "$n" 2>/dev/null || true; done
  for r in /var/lib/cni/results/hf-*; do id=${r##*/hf-}; rm -f "$r" "/var/lib/cni/results/cni-loopback-${id%-eth0}-lo"; done
  rm -rf /var/lib/cni/networks/hf
  find /sys/fs/cgroup -depth -type d -path '*/kubepods*' -exec rmdir {} + 2>/dev/null || true
}
"$1"
