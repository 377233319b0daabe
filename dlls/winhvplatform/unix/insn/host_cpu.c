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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <string.h>
#include <stdint.h>
#include <unistd.h>
#include <sys/mman.h>

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "host/bytes.h"
#include "host/lock.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"
#include "insn/encode.h"
#include "insn/host_cpu.h"
#include "insn/insn.h"

#define PAGE        4096u
#define DATA_PAGES  3

#define MXCSR_FLAGS 0x3fu
#define MXCSR_MASKS 0x1f80u
#define FSW_BEFORE  0x07u       /* invalid operation, denormal operand, division by 0 */
#define FSW_PE      0x20u
#define FSW_SF      0x40u
#define FSW_ES      0x80u
#define FSW_C1      0x200u
#define FSW_B       0x8000u

/* x87, SSE, AVX; and the AVX-512 components, as VEX instructions clear the upper parts of the registers they write */
#define NATIVE_COMPONENTS 0xe7ull

/* Offsets are known to the assembly. */
struct native_state
{
    UINT64 gpr[16];             /* 0 */
    UINT64 rflags;              /* 128 */
    const UINT8 *code;          /* 136 */
    UINT8 *xsave;               /* 144, aligned to 64; NULL: vector registers are not concerned */
    UINT64 components;          /* 152 */
    UINT32 host_mxcsr;          /* 160 */
    UINT16 host_fcw;            /* 164 */
};

extern void whv_native_enter( struct native_state *state ) __attribute__((visibility("hidden")));
extern const UINT8 whv_native_back[] __attribute__((visibility("hidden")));

/* RSP is never the guest's: signals find a stack. Of RFLAGS only the status bits are. */
__asm__( ".text\n"
         ".globl whv_native_enter, whv_native_back\n"
         ".hidden whv_native_enter, whv_native_back\n"
         ".type whv_native_enter, @function\n"
         "whv_native_enter:\n\t"
         "pushq %rbx\n\tpushq %rbp\n\tpushq %r12\n\tpushq %r13\n\tpushq %r14\n\tpushq %r15\n\t"
         "pushq %rdi\n\t"
         "movq 144(%rdi), %rcx\n\t"
         "testq %rcx, %rcx\n\t"
         "jz 1f\n\t"
         "stmxcsr 160(%rdi)\n\t"
         "fnstcw 164(%rdi)\n\t"
         "movl 152(%rdi), %eax\n\t"
         "movl 156(%rdi), %edx\n\t"
         "xrstor64 (%rcx)\n"
         "1:\tpushq 136(%rdi)\n\t"
         "pushq 128(%rdi)\n\t"
         "popfq\n\t"
         "movq 0(%rdi), %rax\n\tmovq 8(%rdi), %rcx\n\tmovq 16(%rdi), %rdx\n\tmovq 24(%rdi), %rbx\n\t"
         "movq 40(%rdi), %rbp\n\tmovq 48(%rdi), %rsi\n\t"
         "movq 64(%rdi), %r8\n\tmovq 72(%rdi), %r9\n\tmovq 80(%rdi), %r10\n\tmovq 88(%rdi), %r11\n\t"
         "movq 96(%rdi), %r12\n\tmovq 104(%rdi), %r13\n\tmovq 112(%rdi), %r14\n\tmovq 120(%rdi), %r15\n\t"
         "movq 56(%rdi), %rdi\n\t"
         "ret\n"
         "whv_native_back:\n\t"
         "pushfq\n\t"
         "pushq %rdi\n\t"
         "movq 16(%rsp), %rdi\n\t"
         "movq %rax, 0(%rdi)\n\tmovq %rcx, 8(%rdi)\n\tmovq %rdx, 16(%rdi)\n\tmovq %rbx, 24(%rdi)\n\t"
         "movq %rbp, 40(%rdi)\n\tmovq %rsi, 48(%rdi)\n\t"
         "movq %r8, 64(%rdi)\n\tmovq %r9, 72(%rdi)\n\tmovq %r10, 80(%rdi)\n\tmovq %r11, 88(%rdi)\n\t"
         "movq %r12, 96(%rdi)\n\tmovq %r13, 104(%rdi)\n\tmovq %r14, 112(%rdi)\n\tmovq %r15, 120(%rdi)\n\t"
         "popq 56(%rdi)\n\t"
         "popq 128(%rdi)\n\t"
         "cld\n\t"
         "movq 144(%rdi), %rcx\n\t"
         "testq %rcx, %rcx\n\t"
         "jz 2f\n\t"
         "movl 152(%rdi), %eax\n\t"
         "movl 156(%rdi), %edx\n\t"
         "xsave64 (%rcx)\n\t"
         "fninit\n\t"
         "fldcw 164(%rdi)\n\t"
         "ldmxcsr 160(%rdi)\n"
         "2:\tpopq %rdi\n\t"
         "popq %r15\n\tpopq %r14\n\tpopq %r13\n\tpopq %r12\n\tpopq %rbp\n\tpopq %rbx\n\t"
         "ret\n"
         ".size whv_native_enter, . - whv_native_enter\n" );

/* One for the process: what runs in it takes less than a microsecond. */
static struct
{
    struct lock     lock;
    UINT8 *write;               /* the page of code, to be written */
    UINT8 *code;                /* the same page, to be executed */
    UINT8 *scratch;             /* behind it: the memory operand, in a page of its own ... */
    UINT8 *xsave;               /* ... and the guest's vector state */
    UINT64 components;          /* 0: no XSAVE on this host, or no memory */
} arena;
static pthread_once_t arena_once = PTHREAD_ONCE_INIT;

static void init_arena( void )
{
    UINT8 *room;
    int fd;

    if (!__builtin_cpu_supports( "avx" ) && !__builtin_cpu_supports( "sse4.2" )) return;
    if ((fd = memfd_create( "whv-native", MFD_CLOEXEC )) < 0) return;
    room = mmap( NULL, (1 + DATA_PAGES) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (room != MAP_FAILED && !ftruncate( fd, PAGE ))
    {
        arena.write = mmap( NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0 );
        arena.code = mmap( room, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, 0 );
        arena.scratch = room + PAGE;
        arena.xsave = room + 2 * PAGE;
        if (arena.write != MAP_FAILED && arena.code != MAP_FAILED)
            arena.components = xsave_host_layout()->features & NATIVE_COMPONENTS;
    }
    close( fd );
}

/* Written and executed at different addresses: the CPU wants a serializing instruction in between (SDM 3, 8.1.3 and
 * 8.3). IRETQ is the one that neither leaves for a hypervisor, as CPUID does, nor is missing on older CPUs. */
static void serialize( void )
{
    __asm__ volatile( "movq %%rsp, %%rax\n\t"
                      "subq $128, %%rsp\n\t"
                      "movl %%ss, %%ecx\n\tpushq %%rcx\n\t"
                      "pushq %%rax\n\t"
                      "pushfq\n\t"
                      "movl %%cs, %%ecx\n\tpushq %%rcx\n\t"
                      "leaq 1f(%%rip), %%rcx\n\tpushq %%rcx\n\t"
                      "iretq\n"
                      "1:" : : : "rax", "rcx", "memory", "cc" );
}

static void write_code( const struct insn_native *native )
{
    /* jmp *0(%rip), and the address behind it */
    static const UINT8 jump[] = { 0xff, 0x25, 0, 0, 0, 0 };
    const UINT8 *back = whv_native_back;
    UINT8 *to = arena.write;

    memcpy( to, native->code, native->length );
    memcpy( to + native->length, jump, sizeof(jump) );
    memcpy( to + native->length + sizeof(jump), &back, sizeof(back) );
    serialize();
}

BOOL native_available( void )
{
    pthread_once( &arena_once, init_arena );
    return arena.components != 0;
}

HRESULT native_encode( const UINT8 *bytes, UINT32 count, enum insn_mode mode, struct insn_native *native )
{
    HRESULT hr;

    if (!native_available()) return E_INVALIDARG;
    hr = insn_encode_native( bytes, count, mode, (UINT64)(uintptr_t)arena.code, (UINT64)(uintptr_t)arena.scratch,
                             native );
    /* a kernel may have left AVX off that the CPU shows */
    if (SUCCEEDED(hr) && native->unit == INSN_UNIT_AVX && !(arena.components & XFEATURE_AVX)) return E_INVALIDARG;
    return hr;
}

void native_lock( void )
{
    lock_take( &arena.lock );
}

void native_unlock( void )
{
    lock_give( &arena.lock );
}

UINT8 *native_operand( void )
{
    return arena.scratch;
}

const UINT8 *native_image( void )
{
    return arena.xsave;
}

BOOL native_fpu_is_pending( const UINT8 *image )
{
    UINT16 fsw = load16( image + FX_FSW );

    /* XRSTOR makes an exception due whose flag it loads without ES */
    return (fsw & FSW_ES) || (fsw & ~load16( image + FX_FCW ) & FCW_MASKS);
}

BOOL native_load( const struct insn_native *native, const UINT8 *image, UINT32 size )
{
    UINT8 *xsave = arena.xsave;
    UINT64 bv;

    if (size < XSAVE_EXTENDED || size > (DATA_PAGES - 1) * PAGE) return FALSE;
    memcpy( xsave, image, size );
    /* the header as XRSTOR wants it, whatever a client has made of it: a fault here would be our own */
    memset( xsave + XSAVE_XCOMP_BV, 0, XSAVE_EXTENDED - XSAVE_XCOMP_BV );
    bv = load64( xsave + XSAVE_XSTATE_BV ) & xsave_host_layout()->features;
    store64( xsave + XSAVE_XSTATE_BV, bv );
    store32( xsave + FX_MXCSR,
             (load32( image + FX_MXCSR ) & ~MXCSR_FLAGS & xsave_host_layout()->mxcsr_mask) | MXCSR_MASKS );
    /* FLDCW too waits, and whether the summary bit agrees with flags and masks is the client's to say */
    if (native->fpu_control != INSN_FPU_NO_WAIT) store16( xsave + FX_FCW, load16( image + FX_FCW ) | FCW_MASKS );
    return TRUE;
}

enum native_result native_finish( const struct insn_native *native, const UINT8 *image )
{
    UINT8 *xsave = arena.xsave;
    UINT32 flags = load32( xsave + FX_MXCSR ) & MXCSR_FLAGS, mxcsr = load32( image + FX_MXCSR );
    UINT16 fcw = load16( image + FX_FCW ), fsw, unmasked;
    enum native_result result = NATIVE_DONE;

    store32( xsave + FX_MXCSR, mxcsr | flags );
    if (flags & ~(mxcsr >> 7)) return NATIVE_SIMD_EXCEPTION;
    if (!native->fpu_control)
    {
        store16( xsave + FX_FCW, fcw );
        fsw = load16( xsave + FX_FSW );
        unmasked = native->unit == INSN_UNIT_X87 ? fsw & ~fcw & FCW_MASKS : 0;
        if (unmasked & FSW_BEFORE)
        {
            /* found before anything is computed: all is as it was, but for the status (SDM 1, 8.5) */
            memcpy( xsave, image, FX_XMM );
            store32( xsave + FX_MXCSR, mxcsr | flags );
            fsw = (load16( image + FX_FSW ) & ~FSW_C1) | (fsw & (FCW_MASKS | FSW_SF | FSW_C1));
            result = NATIVE_X87_HELD;
        }
        else if (unmasked & ~FSW_PE) return NATIVE_REFUSED;
        if (unmasked) fsw |= FSW_ES | FSW_B;
        store16( xsave + FX_FSW, fsw );
        if (unmasked) store64( xsave + XSAVE_XSTATE_BV, load64( xsave + XSAVE_XSTATE_BV ) | XFEATURE_FP );
    }
    /* what is due stays due: it was hidden from the CPU, with all masked */
    if (native->unit != INSN_UNIT_X87)
        store16( xsave + FX_FSW, load16( xsave + FX_FSW ) | (load16( image + FX_FSW ) & (FSW_ES | FSW_B)) );
    if (native->unit != INSN_UNIT_X87) memcpy( xsave + FX_FOP, image + FX_FOP, FX_MXCSR - FX_FOP );
    /* what is behind the XMM registers, and components that did not take part, are not the CPU's to define */
    xsave_settle( xsave );
    /* with all XMM registers zero the component counts as unused,
     * but XSAVE has stored MXCSR all the same (SDM 1, 13.7) */
    store32( xsave + FX_MXCSR, mxcsr | flags );
    return result;
}

/* x87 records where its last instruction and operand were: not in our page, but in the guest. */
void native_set_fpu_pointers( BOOL has_mem, UINT64 fip, UINT64 fdp )
{
    store64( arena.xsave + FX_FIP, fip );
    if (has_mem) store64( arena.xsave + FX_FDP, fdp );
}

void native_execute( const struct insn_native *native, UINT64 gpr[16], UINT64 *rflags )
{
    struct native_state state;

    memcpy( state.gpr, gpr, sizeof(state.gpr) );
    if (native->rsp != INSN_REG_NONE) state.gpr[native->rsp] = gpr[RSP];
    state.rflags = (*rflags & NATIVE_STATUS_FLAGS) | 0x202;
    state.code = arena.code;
    state.xsave = native->unit != INSN_UNIT_GPR ? arena.xsave : NULL;
    state.components = arena.components;
    write_code( native );
    whv_native_enter( &state );

    state.gpr[RSP] = gpr[RSP];
    if (native->rsp != INSN_REG_NONE)
    {
        state.gpr[RSP] = state.gpr[native->rsp];
        state.gpr[native->rsp] = gpr[native->rsp];
    }
    memcpy( gpr, state.gpr, sizeof(state.gpr) );
    *rflags = (*rflags & ~NATIVE_STATUS_FLAGS) | (state.rflags & NATIVE_STATUS_FLAGS);
}
