#include "textflag.h"

// func markAVX2(special, beyond *uint64, text *byte, blocks int) (seen uint64)
//
// A quote with its second bit flipped is 0x20, and the control characters stay below: one comparison finds both.
TEXT ·markAVX2(SB), NOSPLIT, $0-40
	MOVQ special+0(FP), DI
	MOVQ beyond+8(FP), SI
	MOVQ text+16(FP), BX
	MOVQ blocks+24(FP), CX

	MOVQ         $0x02, AX
	MOVQ         AX, X0
	VPBROADCASTB X0, Y0
	MOVQ         $0x20, AX
	MOVQ         AX, X1
	VPBROADCASTB X1, Y1
	MOVQ         $0x5c, AX
	MOVQ         AX, X2
	VPBROADCASTB X2, Y2
	XORQ         R12, R12

loop:
	VMOVDQU (BX), Y3
	VMOVDQU 32(BX), Y4

	VPXOR     Y0, Y3, Y5
	VPMINUB   Y1, Y5, Y6
	VPCMPEQB  Y5, Y6, Y5
	VPCMPEQB  Y2, Y3, Y6
	VPOR      Y5, Y6, Y5
	VPMOVMSKB Y5, R8
	VPMOVMSKB Y3, R10

	VPXOR     Y0, Y4, Y7
	VPMINUB   Y1, Y7, Y8
	VPCMPEQB  Y7, Y8, Y7
	VPCMPEQB  Y2, Y4, Y8
	VPOR      Y7, Y8, Y7
	VPMOVMSKB Y7, R9
	VPMOVMSKB Y4, R11

	SHLQ $32, R9
	ORQ  R9, R8
	SHLQ $32, R11
	ORQ  R11, R10
	ORQ  R10, R12
	MOVQ R8, (DI)
	MOVQ R10, (SI)

	ADDQ $64, BX
	ADDQ $8, DI
	ADDQ $8, SI
	DECQ CX
	JNZ  loop

	VZEROUPPER
	MOVQ R12, seen+32(FP)
	RET
