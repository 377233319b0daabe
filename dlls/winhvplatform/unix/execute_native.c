/*
 * Executing what KVM can't: on the host CPU
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
 * The CPU is the emulator: the instruction, encoded anew with its memory operand at our buffer, is executed by this CPU between
 * loading and storing the guest's registers. Which instructions may come here is insn_native.c's to say, and why.
 * Code is written through one mapping of a page and executed through another: no page is writable and executable.
 * SIMD and x87 exceptions are masked while it runs; what would have been raised is seen in the flags afterwards.
 */

#define _GNU_SOURCE
#include <string.h>
#include <stdint.h>
#include <unistd.h>
#include <sys/mman.h>

#include "execute_x86.h"
#include "partition.h"
#include "regs.h"
#include "xsave.h"

#define PAGE        4096u
#define DATA_PAGES  3
#define SCRATCH     64          /* bytes; the longest operand is 32 */

#define MXCSR_FLAGS 0x3fu
#define MXCSR_MASKS 0x1f80u
#define MXCSR_MM    0x20000u
#define FSW_ES      0x80u
#define FCW_MASKS   0x3fu
#define CR0_NE      (1ull << 5)

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
extern void whv_native_serialize( void ) __attribute__((visibility("hidden")));

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

/* An IRET to where it stands: of the serializing instructions the only one that is not intercepted in virtual machines. */
__asm__( ".text\n"
         ".globl whv_native_serialize\n"
         ".hidden whv_native_serialize\n"
         ".type whv_native_serialize, @function\n"
         "whv_native_serialize:\n\t"
         "movq %rsp, %rcx\n\t"
         "movl %ss, %eax\n\t"
         "pushq %rax\n\t"
         "pushq %rcx\n\t"
         "pushfq\n\t"
         "movl %cs, %eax\n\t"
         "pushq %rax\n\t"
         "leaq 1f(%rip), %rdx\n\t"
         "pushq %rdx\n\t"
         "iretq\n"
         "1:\tret\n"
         ".size whv_native_serialize, . - whv_native_serialize\n" );

/* One for the process: what runs in it takes less than a microsecond. */
static struct
{
    pthread_mutex_t lock;
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

    robust_init( &arena.lock );
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

static void write_code( const struct insn_native *native )
{
    /* jmp *0(%rip), and the address behind it */
    static const UINT8 jump[] = { 0xff, 0x25, 0, 0, 0, 0 };
    const UINT8 *back = whv_native_back;
    UINT8 *to = arena.write;

    memcpy( to, native->code, native->length );
    memcpy( to + native->length, jump, sizeof(jump) );
    memcpy( to + native->length + sizeof(jump), &back, sizeof(back) );
    /* written and executed at different addresses: the CPU wants a serializing instruction in between (SDM 3, 8.1.3) */
    whv_native_serialize();
}

static UINT64 load64( const UINT8 *from )
{
    UINT64 ret;

    memcpy( &ret, from, sizeof(ret) );
    return ret;
}

static UINT32 load32( const UINT8 *from )
{
    UINT32 ret;

    memcpy( &ret, from, sizeof(ret) );
    return ret;
}

static void store32( UINT8 *to, UINT32 value )
{
    memcpy( to, &value, sizeof(value) );
}

static UINT16 load16( const UINT8 *from )
{
    UINT16 ret;

    memcpy( &ret, from, sizeof(ret) );
    return ret;
}

static void store16( UINT8 *to, UINT16 value )
{
    memcpy( to, &value, sizeof(value) );
}

/* x87 records where its last instruction and operand were: not in our page, but in the guest. */
static void set_fpu_pointers( struct execute *ex, UINT8 *xsave, UINT64 fdp )
{
    UINT64 fip = ex->vp->run->s.regs.regs.rip;

    memcpy( xsave + FX_FIP, &fip, sizeof(fip) );
    if (ex->insn.has_mem) memcpy( xsave + FX_FDP, &fdp, sizeof(fdp) );
}

/* The guest's state into the arena, exceptions masked. */
static enum execute_result load_state( struct execute *ex, const struct insn_native *native, UINT32 *mxcsr, UINT16 *fcw )
{
    struct vp *vp = ex->vp;
    UINT32 size = vp->partition->host->xsave_size;
    UINT8 *xsave = arena.xsave;
    UINT64 bv;

    if (!arena.components || size > (DATA_PAGES - 1) * PAGE || FAILED(regs_fetch( vp, VP_XSAVE ))) return EXECUTE_REFUSED;
    *mxcsr = load32( vp->xsave + FX_MXCSR );
    *fcw = load16( vp->xsave + FX_FCW );
    if ((native->unit == INSN_UNIT_X87 || native->unit == INSN_UNIT_MMX) && !native->fpu_control &&
        (load16( vp->xsave + FX_FSW ) & FSW_ES))
    {
        /* without NE it is an interrupt of the old kind, through the chipset */
        if (!(vp->run->s.regs.sregs.cr0 & CR0_NE)) return EXECUTE_REFUSED;
        return execute_fault( ex, VECTOR_MF );
    }
    memcpy( xsave, vp->xsave, size );
    /* the header as XRSTOR wants it, whatever a client has made of it: a fault here would be our own */
    memset( xsave + XSAVE_XCOMP_BV, 0, XSAVE_EXTENDED - XSAVE_XCOMP_BV );
    bv = load64( xsave + XSAVE_XSTATE_BV ) & xsave_host_layout()->features;
    memcpy( xsave + XSAVE_XSTATE_BV, &bv, sizeof(bv) );
    store32( xsave + FX_MXCSR, (*mxcsr & ~MXCSR_FLAGS & xsave_host_layout()->mxcsr_mask) | MXCSR_MASKS );
    if (!native->fpu_control) store16( xsave + FX_FCW, *fcw | FCW_MASKS );
    return EXECUTE_DONE;
}

/* What the instruction has made of it; exceptions that were masked only by us are raised. */
static enum execute_result store_state( struct execute *ex, const struct insn_native *native, UINT32 mxcsr, UINT16 fcw, UINT64 fdp )
{
    struct vp *vp = ex->vp;
    UINT8 *xsave = arena.xsave;
    UINT32 flags = load32( xsave + FX_MXCSR ) & MXCSR_FLAGS;

    if (flags & ~(mxcsr >> 7) & MXCSR_FLAGS)
    {
        store32( vp->xsave + FX_MXCSR, mxcsr | flags );
        vp->lazy_dirty |= VP_XSAVE;
        return execute_fault( ex, vp->run->s.regs.sregs.cr4 & EX_CR4_OSXMM ? VECTOR_XM : VECTOR_UD );
    }
    store32( xsave + FX_MXCSR, mxcsr | flags );
    if (!native->fpu_control)
    {
        store16( xsave + FX_FCW, fcw );
        /* an unmasked x87 exception leaves other results than a masked one: given up, nothing has changed yet */
        if (native->unit == INSN_UNIT_X87 && (load16( xsave + FX_FSW ) & ~fcw & FCW_MASKS)) return EXECUTE_REFUSED;
        if (native->unit == INSN_UNIT_X87) set_fpu_pointers( ex, xsave, fdp );
    }
    if (native->unit != INSN_UNIT_X87) memcpy( xsave + FX_FOP, vp->xsave + FX_FOP, FX_MXCSR - FX_FOP );
    /* what is behind the XMM registers, and components that did not take part, are KVM's */
    xsave_settle( xsave );
    memcpy( vp->xsave, xsave, vp->partition->host->xsave_size );
    vp->lazy_dirty |= VP_XSAVE;
    return EXECUTE_DONE;
}

static enum execute_result run( struct execute *ex, const struct insn_native *native )
{
    const struct insn *insn = &ex->insn;
    UINT32 size = insn->has_mem ? insn->mem.size : 0, mxcsr = 0;
    BOOL write = size && (insn->mem.access & INSN_WRITE), vector = native->unit != INSN_UNIT_GPR;
    struct native_state state;
    struct execute_memory memory;
    enum execute_result result;
    UINT64 gva = 0;
    UINT16 fcw = 0;

    if (size > SCRATCH || (insn->has_mem && !size)) return EXECUTE_REFUSED;
    if ((result = execute_check_unit( ex, native->unit )) != EXECUTE_DONE) return result;
    if (vector && (result = load_state( ex, native, &mxcsr, &fcw )) != EXECUTE_DONE) return result;
    if (size)
    {
        gva = execute_address( ex );
        if ((gva & (native->alignment - 1)) && !(native->misaligned_sse && (mxcsr & MXCSR_MM))) return execute_fault( ex, VECTOR_GP );
        if ((result = execute_open( ex, insn->mem.segment, gva, size, write, &memory )) != EXECUTE_DONE) return result;
        /* also for a store: it may write less than its operand */
        if (!execute_read( ex, &memory, 0, arena.scratch, size )) return EXECUTE_REFUSED;
    }

    memcpy( state.gpr, ex->gpr, sizeof(state.gpr) );
    if (native->rsp != INSN_REG_NONE) state.gpr[native->rsp] = ex->gpr[4];
    state.rflags = (ex->rflags & EX_RFLAGS_STATUS) | 0x202;
    state.code = arena.code;
    state.xsave = vector ? arena.xsave : NULL;
    state.components = arena.components;
    write_code( native );
    whv_native_enter( &state );

    if (vector && (result = store_state( ex, native, mxcsr, fcw, gva )) != EXECUTE_DONE) return result;
    if (write && !execute_write( ex, &memory, 0, arena.scratch, size )) return EXECUTE_REFUSED;
    state.gpr[4] = ex->gpr[4];
    if (native->rsp != INSN_REG_NONE)
    {
        state.gpr[4] = state.gpr[native->rsp];
        state.gpr[native->rsp] = ex->gpr[native->rsp];
    }
    memcpy( ex->gpr, state.gpr, sizeof(state.gpr) );
    ex->rflags = (ex->rflags & ~EX_RFLAGS_STATUS) | (state.rflags & EX_RFLAGS_STATUS);
    return EXECUTE_DONE;
}

enum execute_result execute_native( struct execute *ex )
{
    struct insn_native native;
    enum execute_result result = EXECUTE_REFUSED;

    pthread_once( &arena_once, init_arena );
    if (!arena.components) return EXECUTE_REFUSED;
    if (FAILED(insn_encode_native( ex->bytes, ex->count, ex->mode, (UINT64)(uintptr_t)arena.code,
                                   (UINT64)(uintptr_t)arena.scratch, &native ))) return EXECUTE_REFUSED;
    robust_lock( &arena.lock );
    result = run( ex, &native );
    pthread_mutex_unlock( &arena.lock );
    return result;
}
