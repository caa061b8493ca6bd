#!/bin/busybox sh
# The guest's first process: makes a root of the machine's files and runs the command of the report folder in it. It stays
# in the initramfs, whose modprobe and modules the kernel itself uses when it needs one.

/bin/busybox mkdir -p /dev /proc /sys /sbin /lower /upper /report /machine /root
/bin/busybox --install -s /bin
export PATH=/bin
ln -s /bin/busybox /sbin/modprobe
release=$(uname -r)

# Some of these are built into some kernels, where modprobe fails.
for module in virtio_pci 9pnet_virtio 9p overlay; do
  modprobe -q $module
done

mount -t devtmpfs dev /dev
mount -t proc proc /proc
share() { mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,$3" "$1" "$2"; }
share report /report cache=none || echo "cannot mount the report folder"
echo "$release" >/report/release

# Nothing changes below while the guest runs, so all that was read may be cached. What is written stays in memory.
share root /lower ro,cache=loose
mount -t tmpfs tmpfs /upper
mkdir /upper/files /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work overlay /machine
mount --bind "/machine$(cat /report/root)" /root

mount -t devtmpfs dev /root/dev
mkdir -p /root/dev/pts /root/dev/shm
mount -t devpts -o ptmxmode=666 devpts /root/dev/pts
mount -t tmpfs tmpfs /root/dev/shm
mount -t proc proc /root/proc
mount -t sysfs sysfs /root/sys
mount -t cgroup2 cgroup2 /root/sys/fs/cgroup
mount -t bpf bpf /root/sys/fs/bpf
mount -t debugfs debugfs /root/sys/kernel/debug
mount -t tracefs tracefs /root/sys/kernel/tracing

# The machine's own sockets, locks and network namespaces are not the guest's.
for folder in run tmp; do
  mount -t tmpfs -o mode=1777 tmpfs /root/$folder
done
while IFS="$(printf '\t')" read -r from to; do
  mkdir -p "/root$to"
  mount --bind "/machine$from" "/root$to"
done </report/visible

mkdir -p /root/lib/modules/$release
mount --bind /lib/modules/$release /root/lib/modules/$release
# The machine's may be missing, and kmod's reads an index that the depmod of busybox does not write.
cp /bin/busybox /root/run/busybox
for name in depmod insmod lsmod modinfo modprobe rmmod; do
  ln -sf /run/busybox /root/sbin/$name
done

hostname guest
ip link set lo up
chroot /root /bin/sh -c "$(cat /report/command)" </dev/null >>/report/output 2>&1
echo $? >/report/status.new
mv /report/status.new /report/status

echo o >/proc/sysrq-trigger
# Should the machine not power off, the end of the first process is a panic, which ends it too.
sleep 10
