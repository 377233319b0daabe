/*
 * Guest instructions on the host CPU
 *
 * Copyright 2026 the winehvplatform authors
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin St, Fifth Floor, Boston, MA 02110-1301, USA
 */

/*
 * The CPU is the emulator: an instruction, encoded anew with its memory operand at our buffer, is executed by this CPU
 * between loading and storing the guest's registers. Which instructions may come here is encode.c's to say, and why.
 * Code is written through one mapping of a page and executed through another: no page is writable and executable.
 * SIMD and x87 exceptions are masked while it runs; what would have been raised is seen in the flags afterwards. Knows
 * insn.h and the XSAVE format; knows no vp and no emulation. One page and one buffer for the process, under one lock.
 */

#ifndef __WHV_UNIX_INSN_HOST_CPU_H
#define __WHV_UNIX_INSN_HOST_CPU_H

#include "insn/encode.h"
#include "insn/insn.h"
#include "winhvplatformdefs.h"

#define NATIVE_MAX_OPERAND  64          /* bytes; the longest operand is 32 */
#define NATIVE_STATUS_FLAGS 0x8d5ull    /* of RFLAGS, all that takes part */
#define NATIVE_MXCSR_MM     0x20000u    /* AMD: 16-byte operands need not be aligned */

enum native_result
{
    NATIVE_DONE,
    NATIVE_SIMD_EXCEPTION,      /* unmasked: MXCSR in the image has its flags, nothing else is of use */
    NATIVE_X87_HELD,            /* unmasked: the image says so, the next instruction that waits raises it;
                                   memory is not stored to */
    NATIVE_REFUSED,             /* an unmasked overflow or underflow of x87: nothing is of use */
};

/* FALSE: this host can't. */
extern BOOL native_available( void );
/* As insn_encode_native(), for the page and the buffer here. */
extern HRESULT native_encode( const UINT8 *bytes, UINT32 count, enum insn_mode mode, struct insn_native *native );

/* From here on the lock is held: operand and image are valid between native_lock() and native_unlock(). */
extern void native_lock( void );
extern void native_unlock( void );
/* The memory operand: the caller fills it before and takes it afterwards. */
extern UINT8 *native_operand( void );
/* The vector state after native_finish(), in the standard XSAVE format. */
extern const UINT8 *native_image( void );

/* Is an x87 exception due, which the next instruction that waits must raise (#MF)? It must not be executed:
 * it would raise it here. */
extern BOOL native_fpu_is_pending( const UINT8 *image );
/* Does it wait? */
static inline BOOL native_waits( const struct insn_native *native )
{
    return (native->unit == INSN_UNIT_X87 || native->unit == INSN_UNIT_MMX) && native->fpu_control != INSN_FPU_NO_WAIT;
}
/* Vector state to run on; needed for all units but INSN_UNIT_GPR.
 * size: bytes of the image, its header included. FALSE: too big. */
extern BOOL native_load( const struct insn_native *native, const UINT8 *image, UINT32 size );
/* image is the one that was loaded. */
extern enum native_result native_finish( const struct insn_native *native, const UINT8 *image );
/* Between native_finish() and the use of the image, for INSN_UNIT_X87 that is no fpu_control. */
extern void native_set_fpu_pointers( BOOL has_mem, UINT64 fip, UINT64 fdp );
/* Run it. */
extern void native_execute( const struct insn_native *native, UINT64 gpr[16], UINT64 *rflags );

#endif /* __WHV_UNIX_INSN_HOST_CPU_H */
