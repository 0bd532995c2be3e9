#!/bin/bash
# run.sh [--native|--green]: 200 threads call functions that block unseen;
# greened, these are named to --offload.

# shellcheck source=demos/common/lib.sh
. "$(dirname "$0")/../common/lib.sh"
demo_arguments "$@"

build_c demos/libslow.so demos/offload/libslow.c -- -shared -fPIC
build_c demos/offload demos/offload/offload.c -- -L"$BUILD/demos" -lslow \
	-Wl,-rpath,"$BUILD/demos"

if [ ${#RUN[@]} -gt 0 ]; then
	RUN=("$GREENRUN" --hubs "${HUBS:-1}"
		--offload 'libslow.so:slow_ask=int(ptr,int)' --offload
		'slow_mix=double(float,short,double,char,longlong,float,uint,long)'
		--)
fi
"${RUN[@]}" "$BUILD/demos/offload"
echo "offload ended with status $?"
