// SPDX-License-Identifier: Apache-2.0
//
// What Swift cannot say about zlib: functions that are macros.
#ifndef NESTBOX_CZLIB_SHIM_H
#define NESTBOX_CZLIB_SHIM_H

#include <zlib.h>

// 16 on top of the largest window means the gzip format (zlib.h, deflateInit2 and inflateInit2).
static inline int nestbox_inflate_init_gzip(z_stream *stream) { return inflateInit2(stream, 16 + MAX_WBITS); }
static inline int nestbox_deflate_init_gzip(z_stream *stream) {
    return deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
}

#endif
