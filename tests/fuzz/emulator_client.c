/*
 * Fuzz target: the callbacks of a client of the emulator
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

#include "../winhvemulation/unixlib.h"
#include "emulator_client.h"
#include "fuzz.h"
#include "vectors.h"

struct client client;

/* Pages are not where one would think; but at the upper end the device is at its own address. */
UINT64 client_page_of( UINT64 gva )
{
    UINT64 page = gva >> 12 & 0xfffffffff;

    return (page < 0x100 ? page ^ 5 : page) << 12;
}

static UINT64 *gpr_of( UINT32 name )
{
    return name <= WHvX64RegisterR15 ? &client.now.gpr[name - WHvX64RegisterRax] : NULL;
}

void client_get_registers( struct emulate_request *req )
{
    UINT32 i;

    FUZZ_CHECK( req->count && req->count <= EMULATE_MAX_REGISTERS, "%u registers", req->count );
    for (i = 0; i < req->count; i++)
    {
        UINT32 name = req->names[i];
        WHV_REGISTER_VALUE *value = &req->values[i];

        memset( value, 0, sizeof(*value) );
        if (gpr_of( name )) value->Reg64 = *gpr_of( name );
        else if (name == WHvX64RegisterRip) value->Reg64 = client.now.rip;
        else if (name == WHvX64RegisterRflags) value->Reg64 = client.now.rflags;
        else if (name == WHvX64RegisterCr0) value->Reg64 = client.now.cr0;
        else if (name == WHvX64RegisterCr4) value->Reg64 = client.now.cr4;
        else if (name == WHvX64RegisterXCr0) value->Reg64 = 0xe7;
        else if (name == WHvX64RegisterXmmControlStatus) value->XmmControlStatus.XmmStatusControl = 0x1f80;
        else if (name == WHvX64RegisterFpControlStatus) value->FpControlStatus.FpControl = 0x37f;
        else if (name >= WHvX64RegisterEs && name <= WHvX64RegisterGs)
            value->Segment = client.now.segments[name - WHvX64RegisterEs];
        else if (name - WHV_VECTOR_FIRST < WHV_VECTOR_COUNT) value->Reg128 = client.now.lanes[name - WHV_VECTOR_FIRST];
        else value->Reg128 = client.now.vectors[name & 31];
        if (client.hostile && !(fuzz_u8( client.input ) & 0x3f)) fuzz_bytes( client.input, value, sizeof(*value) );
    }
}

void client_set_registers( struct emulate_request *req, struct emulation *emu )
{
    UINT32 i, j;
    BOOL has_rip = 0;

    FUZZ_CHECK( req->count && req->count <= EMULATE_MAX_REGISTERS, "%u registers are set", req->count );
    for (i = 0; i < req->count; i++)
    {
        UINT32 name = req->names[i];
        const WHV_REGISTER_VALUE *value = &req->values[i];

        for (j = 0; j < i; j++) FUZZ_CHECK( req->names[j] != req->names[i], "register %x is set twice", name );
        if (gpr_of( name )) *gpr_of( name ) = value->Reg64;
        else if (name == WHvX64RegisterRip) client.now.rip = value->Reg64, has_rip = 1;
        else if (name == WHvX64RegisterRflags) client.now.rflags = value->Reg64;
        else if (name >= WHvX64RegisterEs && name <= WHvX64RegisterGs)
            client.now.segments[name - WHvX64RegisterEs] = value->Segment;
        else if (name == WHvRegisterPendingEvent)
        {
            FUZZ_CHECK( value->ExceptionEvent.EventPending && value->ExceptionEvent.Vector < 32 &&
                        value->ExceptionEvent.Vector != 2, "event with vector %u", value->ExceptionEvent.Vector );
            emu->faulted = 1;
            emu->event = *value;
        }
        else if (name - WHV_VECTOR_FIRST < WHV_VECTOR_COUNT) client.now.lanes[name - WHV_VECTOR_FIRST] = value->Reg128;
        else client.now.vectors[name & 31] = value->Reg128;
    }
    FUZZ_CHECK( has_rip, "RIP is not set" );
}

void client_translate( struct emulate_request *req )
{
    static const UINT32 codes[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x80000000, ~0u, 0, 0, 0, 0 };

    FUZZ_CHECK( !(req->gva & 0xfff), "translation of %llx", (unsigned long long)req->gva );
    req->code = WHvTranslateGvaResultSuccess;
    req->gpa = client_page_of( req->gva );
    if (!client.hostile) return;
    switch (fuzz_u8( client.input ) & 15)
    {
    case 0: req->code = codes[fuzz_u8( client.input ) & 15]; break;
    case 1: req->gpa = fuzz_edge( client.input ); break;
    case 2: req->gva = req->flags = ~0u; break;
    }
}

void client_access_memory( struct emulate_request *req, struct emulation *emu )
{
    WHV_EMULATOR_MEMORY_ACCESS_INFO *access = &req->memory;
    UINT64 gpa = access->GpaAddress, data = 0;

    FUZZ_CHECK( access->AccessSize && access->AccessSize <= 8 && access->Direction <= 1 &&
                (gpa & 0xfff) + access->AccessSize <= 0x1000, "access of %u bytes at %llx, direction %u",
                access->AccessSize, (unsigned long long)gpa, access->Direction );
    emu->writes += access->Direction;
    if (gpa < RAM_SIZE)
    {
        if (access->Direction) memcpy( client.now.ram + gpa, access->Data, access->AccessSize );
        else memcpy( access->Data, client.now.ram + gpa, access->AccessSize );
    }
    else
    {
        if (!access->Direction) memcpy( access->Data, &client.now.device, access->AccessSize );
        memcpy( &data, access->Data, access->AccessSize );
        client.now.device = (client.now.device + data + gpa + access->AccessSize) * 0x9e3779b97f4a7c15 +
                            access->Direction;
    }
    if (client.hostile && !(fuzz_u8( client.input ) & 7)) fuzz_bytes( client.input, access, sizeof(*access) );
}

void client_access_port( struct emulate_request *req, struct emulation *emu )
{
    UINT32 size = req->io.AccessSize;

    FUZZ_CHECK( (size == 1 || size == 2 || size == 4) && req->io.Direction <= 1, "port access of %u bytes", size );
    emu->writes++;
    if (!req->io.Direction) req->io.Data = client.now.device;
    client.now.device = (client.now.device + req->io.Data + req->io.Port + size) * 0x9e3779b97f4a7c15 +
                        req->io.Direction;
    if (client.hostile && !(fuzz_u8( client.input ) & 7)) fuzz_bytes( client.input, &req->io, sizeof(req->io) );
}
