# Ends servers with the process that started them, however that ended: its pipe closes. POSIX sh, so that it weighs nothing.
# end-with-parent.sh [folder that goes with it]; lines of the pipe: '<signal> <pid>' is to be told, 'gone <pid>' has ended,
# 'done': everything was ended in order.
trap '' HUP INT TERM
held=
while read -r word pid; do
  case $word in
    done) exit 0 ;;
    gone)
      left=
      for one in $held; do [ "${one#*:}" = "$pid" ] || left="$left $one"; done
      held=$left
      ;;
    *) held="$held $word:$pid" ;;
  esac
done
for one in $held; do kill -s "${one%%:*}" "${one#*:}" 2>/dev/null; done
for one in $held; do
  seconds=0
  while kill -s 0 "${one#*:}" 2>/dev/null && [ $seconds -lt 10 ]; do
    sleep 1
    seconds=$((seconds + 1))
  done
  kill -s KILL "${one#*:}" 2>/dev/null
done
[ $# -eq 0 ] && exit 0
# A server that was being started writes into its folder until it finds it gone.
tries=0
while rm -rf -- "$1" 2>/dev/null; [ -e "$1" ] && [ $tries -lt 60 ]; do
  sleep 1
  tries=$((tries + 1))
done
