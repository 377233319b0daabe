/*
 * Fuzz target: exits, rewinding and completion
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
 * A vp on a hostile KVM with a hostile client. KVM_RUN here is of the input's making: it exits for whatever reason,
 * shows any registers, and often enough does what the instruction at the RIP would really have done. The client sets
 * registers, runs again, cancels, deletes, maps and unmaps, also while the vp is in the guest (a second thread, in
 * lockstep). What must hold, besides not crashing:
 *  - an exit context agrees with the registers; its instruction bytes, address and written data belong together;
 *  - what KVM enters the guest with is what the client has left, and finishing the old instruction has changed no
 *    memory;
 *  - a run makes a bounded number of KVM_RUNs; in the end no fd and no run page is left.
 * It knows the insides of struct vp, as a client that could look there would.
 */

#include <pthread.h>
#include <stdlib.h>

#include "calls/calls.h"
#include "check_exit.h"
#include "host/array.h"
#include "host/host.h"
#include "host/probe.h"
#include "host/x86.h"
#include "hostile_kvm.h"
#include "insn/insn.h"
#include "intercept/interceptor.h"
#include "intercept/peek_event.h"
#include "memory/gpa_map.h"
#include "run/partition_life.h"
#include "run/run.h"
#include "run/vp_life.h"
#include "unixlib.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define MAX_OPS      24

extern const unixlib_entry_t __wine_unix_call_funcs[];

/* ---- a second thread, which wants something while the vp is in the guest ---- */

static struct
{
    pthread_t       thread;
    pthread_mutex_t lock;
    pthread_cond_t  cond;
    BOOL            wanted, kicked, done;
    BOOL            deleted;    /* the partition: the run was over before it was looked at */
    UINT8           what, bytes[24];
} helper = { .lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER };

static void set_registers( const UINT8 bytes[24] )
{
    WHV_REGISTER_NAME names[2] = { bytes[0] % 18, WHvX64RegisterRip };
    WHV_REGISTER_VALUE values[2];
    struct vp_registers_params params = { hostile.guest.handle, names, values, 0, (bytes[1] & 1) + 1u };

    memset( values, 0, sizeof(values) );
    memcpy( &values[0], bytes + 2, 8 );
    memcpy( &values[1], bytes + 10, 8 );
    vp_set_registers_call( &params );
}

static void *helper_main( void *arg )
{
    (void)arg;
    pthread_mutex_lock( &helper.lock );
    for (;;)
    {
        struct gpa_map_params map = { hostile.guest.handle, hostile.guest.memory, GUEST_DEVICE, GPA_PAGE_SIZE, 7,
                                      0, 0 };
        struct vp_params vp = { hostile.guest.handle, 0 };

        while (!helper.wanted) pthread_cond_wait( &helper.cond, &helper.lock );
        helper.wanted = 0;
        pthread_mutex_unlock( &helper.lock );
        map.partition = vp.partition = hostile.guest.handle;
        switch (helper.what & 7)
        {
        case 0: case 1: set_registers( helper.bytes ); break;
        case 2: gpa_map_call( &map ); break;
        case 3: gpa_unmap_call( &map ); break;
        case 4: vp_cancel( hostile.guest.handle, 0 ); break;
        case 5: vp_delete( hostile.guest.handle, 0 ); break;           /* the same */
        /* refused while it runs */
        case 6: helper.deleted = partition_delete( hostile.guest.handle ) == S_OK; break;
        case 7: __wine_unix_call_funcs[unix_vp_abandoned]( &vp ); break;       /* not its business */
        }
        pthread_mutex_lock( &helper.lock );
        helper.done = 1;
        pthread_cond_broadcast( &helper.cond );
    }
    return NULL;
}

/* In the guest: returns when the vp has been asked to leave, or it turned out that nobody wants that. */
static void let_helper( void )
{
    pthread_mutex_lock( &helper.lock );
    helper.kicked = 0;
    /* it may still be at what it was asked for in the entry before, and want us out once more */
    while (!helper.kicked && !helper.done) pthread_cond_wait( &helper.cond, &helper.lock );
    if (helper.done)
    {
        helper.what = fuzz_u8( hostile.input );
        fuzz_bytes( hostile.input, helper.bytes, sizeof(helper.bytes) );
        helper.kicked = helper.done = 0;
        helper.wanted = 1;
        pthread_cond_broadcast( &helper.cond );
        while (!helper.kicked && !helper.done) pthread_cond_wait( &helper.cond, &helper.lock );
    }
    pthread_mutex_unlock( &helper.lock );
}

/* The helper is out of the API again. */
static void join_helper( void )
{
    pthread_mutex_lock( &helper.lock );
    while (!helper.done) pthread_cond_wait( &helper.cond, &helper.lock );
    pthread_mutex_unlock( &helper.lock );
}

static void kick( int tid )
{
    (void)tid;
    pthread_mutex_lock( &helper.lock );
    helper.kicked = 1;
    pthread_cond_broadcast( &helper.cond );
    pthread_mutex_unlock( &helper.lock );
}

/* In real mode a guest that is stepped is entered behind events and INTs: the platform delivers them by itself. */
static BOOL is_delivered( struct vp *vp )
{
    struct fake_vcpu view;
    struct insn insn;
    UINT8 vector;

    if (!(vp->partition->props.watched & PROPERTY_INSNS) || (view_sregs( vp )->cr0 & CR0_PE)) return 0;
    if (peek_event_vector( vp, &vector )) return 1;
    memset( &view, 0, sizeof(view) );
    view.regs = *view_regs( vp );
    view.sregs = *view_sregs( vp );
    return hostile_decode( &view, view.regs.rip, &insn ) &&
           (insn.op == INSN_INT || insn.op == INSN_INT3 || insn.op == INSN_INTO);
}

static void run( void )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT32 sizes[] = { sizeof(exit), 144, 200 }, size = sizes[fuzz_u8( hostile.input ) % 3];
    BOOL exists = hostile.guest.vp && hostile.guest.vp->handle;
    HRESULT hr;

    memset( &exit, 0xcc, sizeof(exit) );
    hostile.runs = hostile.entries = 0;
    hostile.expected = exists && hostile.guest.vp->run && !hostile.guest.vp->arch.cpuid.open && !hostile.failing &&
                       !is_delivered( hostile.guest.vp );
    if (hostile.expected)
    {
        hostile.view = hostile.guest.vp->run->s.regs.regs;
        memcpy( hostile.memory, hostile.guest.memory, GUEST_MEMORY );
    }
    hr = vp_run( hostile.guest.handle, 0, &exit, size );
    join_helper();
    if (helper.deleted) return;
    if (!exists)
    {
        FUZZ_CHECK( hr == WHV_E_VP_DOES_NOT_EXIST, "a vp that does not exist: %08x", hr );
        return;
    }
    if (hr == S_OK && size == sizeof(exit) && hostile.guest.vp->handle) check_exit( &exit );
}

/* What a client does that emulates: the register of a load, and RIP behind the instruction. */
static void emulate( void )
{
    struct fake_vcpu view;
    struct insn insn;
    UINT64 gpr[16];
    UINT32 i;

    if (!hostile.guest.vp || !hostile.guest.vp->handle || !hostile.guest.vp->run) return;
    memset( &view, 0, sizeof(view) );
    view.regs = hostile.guest.vp->run->s.regs.regs;
    view.sregs = hostile.guest.vp->run->s.regs.sregs;
    if (!hostile_decode( &view, view.regs.rip, &insn )) return;
    regs_to_gpr( &view.regs, gpr );
    switch (insn.op)
    {
    case INSN_MOV: case INSN_MOVZX: case INSN_MOVSX: case INSN_MOVBE:
        if (insn.operands[0].kind == INSN_OPERAND_GPR)
        {
            UINT64 value = fuzz_u64( hostile.input );

            if (insn.has_mem) value = hostile_cut( value, insn.mem.size );
            if (insn.op == INSN_MOVSX && insn.has_mem) value = insn_sign_extend( value, insn.mem.size );
            insn_set_gpr( gpr, insn.operands[0].reg, insn.operands[0].size, value );
        }
        break;
    case INSN_LODS:
        insn_set_gpr( gpr, RSI, insn.address_size, gpr[RSI] + insn.operand_size );
        /* fall through */
    case INSN_IN:
        insn_set_gpr( gpr, RAX, insn.operand_size, fuzz_u64( hostile.input ) );
        break;
    case INSN_RDMSR:
        gpr[RAX] = fuzz_u32( hostile.input );
        gpr[RDX] = fuzz_u32( hostile.input );
        break;
    }
    for (i = 0; i < 16; i++) view_set_reg( hostile.guest.vp, regs_place( i ), gpr[i] );
    view_set_reg( hostile.guest.vp, REGS_RIP, hostile_rip_behind( &view, &insn ) );
}

static UINT32 register_name( void )
{
    static const UINT32 groups[] = { 0, 0, 0, 0x1000, 0x2000, 0x3000, 0x80000000, 0x5000 };
    UINT8 group = fuzz_u8( hostile.input );

    if (group & 0x80) return fuzz_u32( hostile.input );
    return groups[group & 7] + fuzz_u8( hostile.input ) % (group & 7 ? 256 : 0x2d);
}

static void use_registers( BOOL set )
{
    WHV_REGISTER_NAME names[8];
    WHV_REGISTER_VALUE values[8];
    struct vp_registers_params params = { hostile.guest.handle, names, values, 0, (fuzz_u8( hostile.input ) & 7) + 1u };
    UINT32 i;

    for (i = 0; i < params.count; i++)
    {
        names[i] = register_name();
        memset( &values[i], 0, sizeof(values[i]) );
        if (!set) continue;
        values[i].Reg128.Low64 = fuzz_edge( hostile.input );
        if (names[i] > WHvX64RegisterRflags) values[i].Reg128.High64 = fuzz_edge( hostile.input );
    }
    if (set) vp_set_registers_call( &params );
    else vp_get_registers_call( &params );
}

static void change_map( void )
{
    UINT8 how = fuzz_u8( hostile.input );
    struct gpa_map_params params = { hostile.guest.handle, hostile.guest.memory + (how >> 4) * GPA_PAGE_SIZE, 0,
                                     ((how & 1) + 1) * GPA_PAGE_SIZE,
                                     fuzz_u8( hostile.input ) & 15, 0, 0 };

    params.gpa = fuzz_u8( hostile.input ) * GPA_PAGE_SIZE;
    /* the code page stays, or nothing more would happen */
    if (params.gpa <= GUEST_CODE) params.gpa = GUEST_DEVICE;
    if (how & 2) gpa_map_call( &params );
    else gpa_unmap_call( &params );
}

/* Another processor of the guest stores something: to the code, or to the tables of all kinds of paging. */
static void change_memory( void )
{
    static const UINT16 entries[] =
    {
        GUEST_TABLES, 0xa000, 0xb000, 0xc000, 0xc000 + GUEST_PAGED / 0x200000 * 8, 0xd000, 0xe000, 0xf000,
        0xf000 + GUEST_PAGED / 0x400000 * 4,
    };
    UINT8 *memory = hostile.guest.memory, how = fuzz_u8( hostile.input ), which = fuzz_u8( hostile.input ), *entry;
    const struct guest_insn *insn = &guest_insns[which % guest_insn_count];
    UINT64 page;

    switch (how & 3)
    {
    case 0:
        memory[GUEST_CODE + 16 + which % 100] = fuzz_u8( hostile.input );
        break;
    case 1:
        memory[entries[which % ARRAY_SIZE(entries)] + (how >> 5)] ^= 1 << (how >> 2 & 7);
        break;
    case 2:
        /* one of PAGED's pages becomes another one */
        entry = memory + 0xd000 + (how >> 4) * 8;
        memcpy( &page, memory + 0xd000 + (which & 15) * 8, 8 );
        memcpy( entry, &page, 8 );
        memcpy( memory + GUEST_TABLES + (how >> 4) * 4, &page, 4 );
        break;
    case 3:
        memcpy( memory + GUEST_CODE + 16 + (how >> 2), insn->bytes, insn->length );
        break;
    }
}

static void other_calls( void )
{
    static UINT8 buffer[8192];
    UINT32 written = 0;
    struct vp_state_params state = { hostile.guest.handle, buffer, &written, 0, fuzz_u8( hostile.input ) & 31,
                                     fuzz_u16( hostile.input ) % sizeof(buffer) };
    WHV_TRANSLATE_GVA_RESULT result;
    UINT64 gpa;
    struct translate_gva_params translate = { hostile.guest.handle, 0, &result, &gpa, 0, 0 };
    WHV_INTERRUPT_CONTROL interrupt = { 0 };
    struct request_interrupt_params request = { hostile.guest.handle, &interrupt, sizeof(interrupt) };

    switch (fuzz_u8( hostile.input ) & 7)
    {
    case 0: case 1:
        if (state.type & 16) state.type = (state.type & 15) | 0x1000;
        vp_get_state_call( &state );
        break;
    case 2:
        if (SUCCEEDED(vp_get_state_call( &state )))
        {
            buffer[fuzz_u16( hostile.input ) % sizeof(buffer)] ^= fuzz_u8( hostile.input );
            state.size = written;
            vp_set_state_call( &state );
        }
        break;
    case 3:
        translate.gva = fuzz_edge( hostile.input );
        translate.flags = fuzz_u16( hostile.input );
        translate_gva_call( &translate );
        break;
    case 4:
        fuzz_bytes( hostile.input, &interrupt, sizeof(interrupt) );
        request_interrupt_call( &request );
        break;
    case 5:
        vp_get_counters_call( &state );
        break;
    case 6:
        partition_reset( hostile.guest.handle );
        break;
    case 7:
        change_memory();
        break;
    }
}

void fuzz_setup( void )
{
    HRESULT hr;

    fuzz_quiet();
    fake_kvm_reset();
    hostile.host = (struct host *)host_get( &hr );
    if (!hostile.host) fuzz_fail( "host: %08x", hr );
    guest_setup( &hostile.guest );
    hostile.interrupt = let_helper;
    fake_kvm_replace_run( hostile_run_vcpu, kick );
    helper.done = 1;
    if (pthread_create( &helper.thread, NULL, helper_main, NULL )) fuzz_fail( "no thread" );
}

void fuzz_run( struct fuzz_input *in )
{
    UINT8 config = fuzz_u8( in ), mode = fuzz_u8( in );
    UINT32 i;

    memset( &hostile, 0, offsetof( struct hostile, view ));
    hostile.input = in;
    hostile.host->out_rip_past = hostile.host->syscall_half = config & 1;
    hostile.stubborn = (config & 0x0e) == 0x0e;
    fake_kvm_fail_at( 0, 0 );
    guest_create( &hostile.guest, in, config >> 4, mode );
    helper.deleted = 0;
    for (i = 0; i < MAX_OPS && in->size && !helper.deleted; i++)
    {
        UINT8 op = fuzz_u8( in );

        switch (op & 15)
        {
        case 0: case 1: case 2: case 3: case 4:
            run();
            break;
        case 5: case 6:
            emulate();
            run();
            break;
        case 7: case 8:
            use_registers( 1 );
            break;
        case 9:
            use_registers( 0 );
            break;
        case 10:
            vp_cancel( hostile.guest.handle, 0 );
            break;
        case 11:
            vp_delete( hostile.guest.handle, 0 );
            if (op & 0x70) vp_create( hostile.guest.handle, 0 );
            hostile.guest.vp = hostile.guest.partition->vps[0];
            break;
        case 12:
            change_map();
            break;
        case 13:
            hostile.failing = 1;
            fake_kvm_fail_at( op >> 4, fuzz_u8( in ) % 40 + 1 );
            break;
        default:
            other_calls();
            break;
        }
    }
    fake_kvm_fail_at( 0, 0 );
    guest_delete( &hostile.guest, helper.deleted );
}

void fuzz_seeds( fuzz_seed_func seed )
{
    /* run; in the guest: the instruction as it is; run, emulating; ... */
    static const UINT8 honest[] = { 0, 0, 0x80, 5, 0, 0x80, 0, 0, 0x80, 5, 0, 0x80 };
    /* the same instruction again and again; a page, an entry, or the instruction itself is another one meanwhile */
    static const UINT8 again[][24] =
    {
        { 0, 0, 0x80, 0, 0, 0x80, 0, 0, 0x80, 5, 0, 0x80, 0, 0, 0x80, 0, 0, 0x80, 5, 0, 0x80 },
        { 0, 0, 0x80, 0, 0, 0x80, 14, 7, 0x12, 4, 0, 0, 0x80, 14, 7, 0x12, 1, 0, 0, 0x80, 5, 0, 0x80 },
        { 0, 0, 0x80, 0, 0, 0x80, 14, 7, 0x29, 4, 0, 0, 0x80, 14, 7, 3, 7, 0, 0, 0x80, 5, 0, 0x80 },
    };
    /* KVM can't: suberror 1 */
    static const UINT8 refused[] = { 0, 0, 0x06, 0x12, 0, 0x06, 0x12, 0, 0x06, 0x12, 0, 0 };
    /* addresses of the device, read-only memory, RAM, and the seam of two pages */
    static const UINT64 places[] = { 0, GUEST_ROM + 0x10, GUEST_DATA, GUEST_PAGED + 0x1ffd };
    /* a gate of the hidden table: the guest is in ring 3, and its client wants to see exceptions */
    static const UINT8 gate[] = { 0, 0, 0x06, 0x0b };
    /* a breakpoint, and whatever the stack holds */
    static const UINT8 breakpoint[] = { 0, 0, 0x06, 0x26, 0, 0, 0, 0, 0, 0, 0, 0 };
    UINT8 data[256];
    UINT32 i, mode, place;

    for (i = 0; i < 256; i++)
    {
        UINT32 size = guest_seed( data, 0x10 | (i & 1), 8, i % guest_insn_count, 0 );

        memcpy( data + size, gate, sizeof(gate) );
        size += sizeof(gate);
        data[size++] = i;               /* vector, and where in its stub */
        data[size++] = i >> 3 & 2;
        memset( data + size, i, 96 );   /* frames */
        memcpy( data + size + 96, gate, sizeof(gate) );
        seed( data, size + 96 + sizeof(gate) );
    }
    for (i = 0; i < 32 * GUEST_MODES; i++)
    {
        UINT32 size = guest_seed( data, 0x10 | (i & 1), i % GUEST_MODES, i % guest_insn_count, 0 );

        memcpy( data + size, breakpoint, sizeof(breakpoint) );
        size += sizeof(breakpoint);
        data[size++] = i / GUEST_MODES;
        memset( data + size, 0, 8 );
        memcpy( data + size + 8, breakpoint, sizeof(breakpoint) );
        seed( data, size + 8 + sizeof(breakpoint) );
    }
    for (i = 0; i < guest_insn_count; i++)
        for (mode = 0; mode < GUEST_MODES; mode++)
            for (place = 0; place < ARRAY_SIZE( places ); place++)
            {
                UINT32 size = guest_seed( data, (mode & 1) | 0x40, mode, i, places[place] );

                memcpy( data + size, place == 2 ? refused : honest, sizeof(honest) );
                seed( data, size + sizeof(honest) );
                if (place != mode % 2 * 3) continue;
                memcpy( data + size, again[i % ARRAY_SIZE(again)], sizeof(again[0]) );
                seed( data, size + sizeof(again[0]) );
            }
}
